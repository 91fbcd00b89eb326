"""Istio's objects as Envoy's configuration: pure functions of a MeshView."""
