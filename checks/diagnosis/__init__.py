"""Why a check fails: causes found in the cluster, the shell and the web, each with its remedy.

One file per family of causes; pod_causes.py, workload_causes.py and command_causes.py list the rules in order.
Diagnosis never changes a verdict.
"""
