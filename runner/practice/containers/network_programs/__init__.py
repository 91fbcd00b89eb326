"""Clients that people run in pods, in the form of the real ones: each a program, over the pods' network."""
