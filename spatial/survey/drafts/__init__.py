"""Writing draft parcels in bulk, and finding them by place."""
