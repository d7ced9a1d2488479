"""Buildings (自然幢) and the units in them (户)."""
