"""What containers run in: their files, processes, logs and network, without a container engine.

A container is a folder of files in memory, a bash interpreter that knows nothing but them (bashkit), and programs of ours
that stand in for those of its image. It knows nothing of the API: the kubelet (`node/`) starts and ends containers through
`runtime.py`, which runs in a process of its own (`runtime_server.py`), so that the API stays quick whatever runs.
"""
