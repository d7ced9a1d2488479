"""The embedded PostGIS cluster and the superuser step before migrations."""
