"""Runs of the checks: kept, never replaced."""
