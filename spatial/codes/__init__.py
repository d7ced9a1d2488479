"""Codes of parcels, buildings and real-estate units (GB/T 37346-2019): form, meaning, serials."""
