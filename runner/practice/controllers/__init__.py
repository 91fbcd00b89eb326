"""Controllers: each brings the cluster nearer to what the objects of some kinds ask for. A file each, which enters itself."""
