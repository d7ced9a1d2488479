"""Following what happens without missing a late commit."""
