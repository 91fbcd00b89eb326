"""What a mesh and a cluster measure: counters, samples, traces, the query language, and the consoles that show them."""
