"""Grafana: Istio's dashboards over a Prometheus, and alerts."""
