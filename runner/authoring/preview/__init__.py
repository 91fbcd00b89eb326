"""A lab on the screen while it is being written."""
