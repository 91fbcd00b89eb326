"""Kiali: what a mesh looks like, from the cluster's objects and what Prometheus has measured."""
