"""Parcels (宗地): identity, history, the guard against overlap."""
