"""What the loader can't refuse, and a good lab does not have: one file for each family of rules."""
