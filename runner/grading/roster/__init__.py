"""Grading a class: many learners, each on a cluster of their own."""
