"""Rights, cases and money."""
