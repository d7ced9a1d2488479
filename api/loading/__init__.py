"""Loading of reference data, demo accounts and the synthetic city, through the services of the rooms."""
