"""Controllers: each reconciles objects of some kinds. One file each, which registers itself."""
