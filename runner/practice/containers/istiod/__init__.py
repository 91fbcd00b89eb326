"""istiod: its program in a container, and what it decides about pods and configuration, as pure functions."""
