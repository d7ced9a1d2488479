"""What the city knows around an upload."""
