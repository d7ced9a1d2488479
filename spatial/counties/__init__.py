"""Counties: boundary sets, and the only place that decides to which county a thing belongs."""
