"""What somebody copied from a terminal, with their own words around it, read into a Draft."""
