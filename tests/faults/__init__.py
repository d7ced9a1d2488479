"""Fault injection: a clean partition of invented parcels, faults put into it, and how many are found."""
