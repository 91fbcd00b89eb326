"""What a pod's proxy answers of itself: its own resources, without the prefix and the pipes of the shared Envoy."""

from __future__ import annotations

from runner.practice.containers.mesh.envoy_admin import _of_proxy

CLUSTERS = """\
10.244.1.7;outbound|8080||delivery.shop.svc.cluster.local::/tmp/x-1/y/in-10.244.1.10-8080::health_flags::/failed_outlier_check
10.244.1.7;outbound|8080||delivery.shop.svc.cluster.local::default_priority::max_connections::1024
10.244.1.8;outbound|8080||delivery.shop.svc.cluster.local::/tmp/x-1/y/in-10.244.1.10-8080::health_flags::healthy
xds-rest::observability_name::xds-rest
"""


def test_hosts_of_clusters_are_addresses() -> None:
    assert _of_proxy(CLUSTERS, "10.244.1.7").splitlines() == [
        "outbound|8080||delivery.shop.svc.cluster.local::10.244.1.10:8080::health_flags::/failed_outlier_check",
        "outbound|8080||delivery.shop.svc.cluster.local::default_priority::max_connections::1024",
    ]
