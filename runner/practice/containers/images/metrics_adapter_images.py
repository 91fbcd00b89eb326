"""Adapters that serve Prometheus' metrics to autoscalers."""

from __future__ import annotations

from runner.practice.containers.container_image import Image
from runner.practice.containers.telemetry.metrics_adapters.autoscaler_adapter import kube_metrics_adapter
from runner.practice.containers.telemetry.metrics_adapters.rules_adapter import prometheus_adapter

IMAGES = [
    Image(
        names=(
            "registry.opensource.zalan.do/teapot/kube-metrics-adapter",
            "ghcr.io/zalando-incubator/kube-metrics-adapter",
            "docker.io/banzaicloud/kube-metrics-adapter",
        ),
        entrypoint=("/kube-metrics-adapter",),
        programs={"/kube-metrics-adapter": kube_metrics_adapter},
        shell="sh",
        memory=20 * 2**20,
    ),
    Image(
        names=(
            "registry.k8s.io/prometheus-adapter/prometheus-adapter",
            "k8s.gcr.io/prometheus-adapter/prometheus-adapter",
            "docker.io/directxman12/k8s-prometheus-adapter",
            "docker.io/directxman12/k8s-prometheus-adapter-amd64",
        ),
        entrypoint=("/adapter",),
        programs={"/adapter": prometheus_adapter},
        user=65534,
        shell="",
        commands=(),
        memory=24 * 2**20,
    ),
]
