"""The synthetic city: invented parcels, houses, people and cases, the same for the same seed."""
