"""Why something does not hold: causes read in the cluster, the shell and the web, each with the way out.

One file a family of causes; pods.py, workloads.py, commands.py say which rules are asked in which order. Nothing
here judges: a finding stands beside a verdict that was given already.
"""
