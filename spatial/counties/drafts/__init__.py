"""Draft county boundaries: checked, kept beside the sets in force, compared with them, never decided with."""
