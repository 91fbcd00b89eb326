"""The charts of the stand-in for helm: each a function from a release and its values to objects."""
