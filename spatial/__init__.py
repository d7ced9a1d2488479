"""Where things are: counties, parcels, buildings, survey results and their checks."""
