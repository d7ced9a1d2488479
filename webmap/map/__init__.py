"""The page ``/``: the city on a map, search and what is known of a parcel."""
