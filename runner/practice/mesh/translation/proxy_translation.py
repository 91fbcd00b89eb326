"""The configuration of one proxy."""

from __future__ import annotations

from runner.practice.mesh.mesh_view import MeshProxy, MeshView
from runner.practice.mesh.proxy_config import MeshPaths, ProxyConfig
from runner.practice.mesh.translation.clusters import common_clusters, outbound_clusters
from runner.practice.mesh.translation.gateway_listeners import GatewayConfig
from runner.practice.mesh.translation.inbound import InboundConfig
from runner.practice.mesh.translation.mesh_index import index_of
from runner.practice.mesh.translation.outbound_listener import OutboundConfig
from runner.practice.mesh.translation.proxy_scope import proxy_scope
from runner.practice.mesh.translation.telemetry import ProxyTelemetry
from runner.practice.mesh.translation.tls_contexts import Secrets


def proxy_config(view: MeshView, proxy: MeshProxy, paths: MeshPaths) -> ProxyConfig:
    """What `proxy` of `view` is configured with. Objects that make no sense are left out, and named in `ineffective`."""
    scope = proxy_scope(index_of(view), proxy, paths)
    secrets = Secrets()
    telemetry = ProxyTelemetry(scope.index, proxy, scope.ineffective)
    clusters = [*outbound_clusters(scope, secrets), *common_clusters(scope)]
    if proxy.type == "router":
        gateway = GatewayConfig(scope, secrets, telemetry)
        return ProxyConfig(
            listeners=tuple(gateway.listeners),
            clusters=(*clusters, *gateway.clusters),
            routes=gateway.routes,
            secrets=secrets.all(),
            ineffective=scope.ineffective.all(),
        )
    outbound = OutboundConfig(scope, telemetry)
    inbound = InboundConfig(scope, secrets, telemetry)
    return ProxyConfig(
        listeners=(outbound.listener, *inbound.listeners),
        clusters=(*clusters, *inbound.clusters),
        routes=outbound.routes,
        secrets=secrets.all(),
        ineffective=scope.ineffective.all(),
    )
