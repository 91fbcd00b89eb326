"""A stand-in for helm: a handful of charts, installed by kubectl, with releases kept as helm keeps them.

It downloads nothing: a repository is known by its address, and its charts are `charts/`, one file each. Charts of the
learner's own are Go templates, for which the real helm is needed; it works with the practice cluster, and sees the
releases made here, because they are Secrets of the same form (helm.sh/release.v1).
"""
