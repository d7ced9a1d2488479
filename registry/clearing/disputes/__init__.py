"""Disputes between counties about an order line: held, ruled by two persons, adjusted in the next run."""
