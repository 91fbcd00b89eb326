"""Rules for problems that the loader accepts but a good lab does not have: one file per family."""
