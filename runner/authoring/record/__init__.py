"""Records a lab: a shell on a cluster, what was typed there, and its effects."""
