"""Map styles (MapLibre style documents) over our own tiles."""
