"""The built-in kinds, one file each."""
