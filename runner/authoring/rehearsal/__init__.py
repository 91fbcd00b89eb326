"""A class to rehearse grading with: simulated learners at all stages of a lab, and what each of them must get."""
