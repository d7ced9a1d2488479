"""Parcel maps (宗地图): a parcel drawn to scale with its points, sides, buildings and neighbours."""
