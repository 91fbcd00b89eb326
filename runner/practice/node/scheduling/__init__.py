"""How the scheduler looks for a node: what keeps a pod off one, what it likes better, whom it would take the place of."""
