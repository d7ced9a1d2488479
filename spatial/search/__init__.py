"""The part of the one search box that knows places: units, parcels, addresses, coordinates."""
