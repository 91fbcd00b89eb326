"""The HTTP face of a practice cluster: requests in, answers and watches out."""
