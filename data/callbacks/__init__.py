"""Telling programs what happens: events written with the fact, delivered signed, in order, at least once."""
