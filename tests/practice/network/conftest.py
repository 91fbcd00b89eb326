"""Clusters whose containers run."""

from tests.practice.streams.conftest import cluster, http, kubectl, version

__all__ = ["cluster", "http", "kubectl", "version"]
