"""The HTTP API of a practice cluster: requests, answers and watches."""
