"""Recording a lab: a shell on a cluster, what was typed there, and what came of it."""
