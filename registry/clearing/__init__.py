"""Daily clearing: who is owed what leaves for its county the same day."""
