"""The learner's terminal, as a widget."""
