"""What changed on the map, in order (变更)."""
