"""Adapters: servers of custom.metrics.k8s.io and external.metrics.k8s.io that ask a Prometheus."""
