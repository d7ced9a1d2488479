"""Objects beside the parcels of a survey: points, lines, buildings, floors, flats, plots, stands."""
