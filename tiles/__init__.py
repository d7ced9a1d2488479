"""What the map draws."""
