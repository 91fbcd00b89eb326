"""Who may talk to whom, through a real Envoy: mutual TLS, authorization, tokens, gateways, and the way out."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from tests.practice.mesh.real_envoy import Answer, RealMesh, authority, credential, exchange, proxy_header
from tests.practice.mesh.translated_mesh import SmallMesh

pytest.importorskip("envoy")
pytestmark = pytest.mark.asyncio(loop_scope="module")

GATEWAY = """
kind: Gateway
metadata: {name: web}
spec:
  selector: {istio: ingressgateway}
  servers:
  - {port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}
  - {port: {number: 443, name: https, protocol: HTTPS}, hosts: [shop.example], tls: {mode: SIMPLE, credentialName: shop}}
  - {port: {number: 443, name: tls, protocol: TLS}, hosts: [through.example], tls: {mode: PASSTHROUGH}}
---
kind: VirtualService
metadata: {name: web}
spec:
  hosts: ["*"]
  gateways: [web]
  http:
  - match: [{uri: {exact: /productpage}}]
    route: [{destination: {host: httpbin}}]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def real() -> AsyncIterator[RealMesh]:
    mesh = SmallMesh()
    mesh.service("httpbin", [mesh.pod("httpbin-0")])
    mesh.service("sniffed", [mesh.pod("sniffed-0")], ("", 7000))
    mesh.service("db", [mesh.pod("db-0"), mesh.pod("db-1")], ("tcp", 3306), headless=True)
    mesh.service("web", [mesh.pod("web-0"), mesh.pod("web-1")], ("http", 9080), headless=True)
    mesh.service("legacy", [mesh.pod("legacy-0", sidecar=False)])
    mesh.pod("sleep")
    mesh.pod("curl")
    gateway = mesh.pod("ingress", namespace="istio-system", router=True, istio="ingressgateway")
    mesh.service("ingress", [gateway], ("http2", 80, 8080), ("https", 443, 8443), namespace="istio-system")
    running = RealMesh(mesh)
    running.credentials["shop"] = credential("shop.example")
    async with running.running():
        for pod in ("httpbin-0", "web-0", "web-1", "legacy-0"):
            await running.serve(pod)
        for pod in ("db-0", "db-1"):
            await running.serve(pod, port=3306)
        await running.serve("sniffed-0", port=7000)
        yield running


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def clean(real: RealMesh) -> AsyncIterator[None]:
    real.asked.clear()
    real.passed_on.clear()
    yield
    real.mesh.objects.clear()
    real.mesh.settings = {"accessLogFile": "/dev/stdout"}
    await real.apply()


async def plain(real: RealMesh, pod: str, port: int = 9080) -> Answer:
    """A request from something without a sidecar."""
    workload = real.mesh.workloads[pod]
    header = proxy_header("10.244.9.9", workload.ip, port)
    reader, writer = await real.connect(real.paths.inbound(workload.ip, port), header)
    try:
        return await exchange(reader, writer, pod)
    finally:
        writer.close()


async def test_plain_text_passes_until_the_mode_is_strict(real: RealMesh) -> None:
    assert (await plain(real, "httpbin-0")).status == 200
    assert "x-forwarded-client-cert" not in real.asked[-1][1].headers
    await real.apply(
        "kind: PeerAuthentication\nmetadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: STRICT}}"
    )
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await plain(real, "httpbin-0")
    assert (await real.get("sleep", "httpbin")).status == 200
    assert (
        "URI=spiffe://cluster.local/ns/default/sa/sleep"
        in real.asked[-1][1].headers["x-forwarded-client-cert"]
    )
    assert (await real.get("sleep", "sniffed:7000", port=7000)).body == "sniffed-0"
    assert (await real.get("sleep", "legacy")).status == 200


async def test_a_client_that_does_not_use_tls_where_it_must_is_503(real: RealMesh) -> None:
    await real.apply(
        "kind: PeerAuthentication\nspec: {mtls: {mode: STRICT}}\n---\n"
        "kind: DestinationRule\nspec: {host: httpbin, trafficPolicy: {tls: {mode: DISABLE}}}"
    )
    answer = await real.get("sleep", "httpbin")
    assert answer.status == 503
    assert (await real.logged("sleep", code=503))["flags"] in ("UC", "URX", "UC,URX", "URX,UC")


async def test_where_the_server_takes_no_tls_none_is_used(real: RealMesh) -> None:
    await real.apply(
        "kind: PeerAuthentication\nspec:\n  selector: {matchLabels: {app: httpbin}}\n"
        "  mtls: {mode: STRICT}\n  portLevelMtls: {'9080': {mode: DISABLE}}"
    )
    assert (await real.get("sleep", "httpbin")).status == 200
    assert "x-forwarded-client-cert" not in real.asked[-1][1].headers


async def test_nothing_is_allowed_until_something_is(real: RealMesh) -> None:
    await real.apply("kind: AuthorizationPolicy\nmetadata: {name: allow-nothing}\nspec: {}")
    answer = await real.get("sleep", "httpbin")
    assert (answer.status, answer.body) == (403, "RBAC: access denied")
    entry = await real.logged("httpbin-0", code=403)
    assert "rbac_access_denied_matched_policy[none]" in entry["line"]
    await real.apply(
        "kind: AuthorizationPolicy\nmetadata: {name: viewer}\nspec:\n  selector: {matchLabels: {app: httpbin}}\n  rules:\n"
        "  - from: [{source: {principals: [cluster.local/ns/default/sa/sleep]}}]\n    to: [{operation: {methods: [GET]}}]"
    )
    assert (await real.get("sleep", "httpbin")).status == 200
    assert (await real.get("sleep", "httpbin", method="DELETE")).status == 403
    assert (await real.get("curl", "httpbin")).status == 403
    assert (await plain(real, "httpbin-0")).status == 403


async def test_denials_come_first(real: RealMesh) -> None:
    await real.apply(
        "kind: AuthorizationPolicy\nmetadata: {name: open}\nspec: {rules: [{}]}\n---\n"
        "kind: AuthorizationPolicy\nmetadata: {name: closed}\nspec:\n  action: DENY\n  rules:\n"
        "  - to: [{operation: {paths: [/admin*, '*.secret']}}]\n"
        "  - from: [{source: {notNamespaces: [default]}}]\n    to: [{operation: {notPaths: [/public]}}]\n"
        "  - when: [{key: 'request.headers[x-role]', values: [guest]}]\n"
    )
    assert (await real.get("sleep", "httpbin/x")).status == 200
    assert (await real.get("sleep", "httpbin/admin/users")).status == 403
    assert (await real.get("sleep", "httpbin/a.secret")).status == 403
    assert (await real.get("sleep", "httpbin/x", headers={"x-role": "guest"})).status == 403
    assert (await plain(real, "httpbin-0")).status == 403
    entry = await real.logged("httpbin-0", code=403, path="/admin/users")
    assert "rbac_access_denied_matched_policy[ns[default]-policy[closed]-rule[0]]" in entry["line"]


async def test_addresses_and_ports_are_asked_for(real: RealMesh) -> None:
    sleep = real.mesh.workloads["sleep"].ip
    await real.apply(
        "kind: AuthorizationPolicy\nmetadata: {name: addresses}\nspec:\n  rules:\n"
        f"  - from: [{{source: {{ipBlocks: [{sleep}/32]}}}}]\n    to: [{{operation: {{ports: ['9080']}}}}]"
    )
    assert (await real.get("sleep", "httpbin")).status == 200
    assert (await real.get("curl", "httpbin")).status == 403
    assert (await real.get("sleep", "sniffed:7000", port=7000)).status == 403


def token(key: ec.EllipticCurvePrivateKey, **claims: object) -> str:
    """A signed one that is good for a minute."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    text = f"{part({'alg': 'ES256', 'kid': 'one'})}.{part({'exp': time.time() + 60, **claims})}"
    r, s = utils.decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
    signature = base64.urlsafe_b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).rstrip(b"=").decode()
    return f"{text}.{signature}"


def public_keys(key: ec.EllipticCurvePrivateKey) -> str:
    """As a JWKS."""
    numbers = key.public_key().public_numbers()
    x, y = (
        base64.urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()
        for value in (numbers.x, numbers.y)
    )
    return json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "one", "x": x, "y": y}]})


async def test_tokens_are_looked_at_and_can_be_required(real: RealMesh) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    await real.apply(
        "kind: RequestAuthentication\nspec:\n  selector: {matchLabels: {app: httpbin}}\n"
        f"  jwtRules: [{{issuer: testing@secure.istio.io, jwks: '{public_keys(key)}'}}]"
    )
    good = {
        "authorization": f"Bearer {token(key, iss='testing@secure.istio.io', sub='me', groups=['group1'])}"
    }
    assert (await real.get("sleep", "httpbin")).status == 200
    assert (await real.get("sleep", "httpbin", headers=good)).status == 200
    bad = await real.get("sleep", "httpbin", headers={"authorization": "Bearer deadbeef"})
    assert (bad.status, bad.body) == (
        401,
        "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections",
    )
    other = token(ec.generate_private_key(ec.SECP256R1()), iss="testing@secure.istio.io", sub="me")
    assert (await real.get("sleep", "httpbin", headers={"authorization": f"Bearer {other}"})).status == 401
    await real.apply(
        "kind: AuthorizationPolicy\nmetadata: {name: require-jwt}\nspec:\n  selector: {matchLabels: {app: httpbin}}\n  rules:\n"
        "  - from: [{source: {requestPrincipals: [testing@secure.istio.io/me]}}]\n"
        "    when: [{key: 'request.auth.claims[groups]', values: [group1]}]"
    )
    assert (await real.get("sleep", "httpbin")).status == 403
    assert (await real.get("sleep", "httpbin", headers=good)).status == 200
    lacking = {
        "authorization": f"Bearer {token(key, iss='testing@secure.istio.io', sub='me', groups=['group2'])}"
    }
    assert (await real.get("sleep", "httpbin", headers=lacking)).status == 403


async def through_gateway(real: RealMesh, host: str, path: str, tls: ssl.SSLContext | None = None) -> Answer:
    """From outside of the cluster."""
    ip = real.mesh.workloads["ingress"].ip
    number = 8443 if tls else 8080
    reader, writer = await real.connect(
        real.paths.gateway(ip, number), proxy_header("203.0.113.7", ip, number)
    )
    if tls:
        await writer.start_tls(tls, server_hostname=host)
    try:
        return await exchange(reader, writer, host, path)
    finally:
        writer.close()


async def test_a_gateway_lets_in_what_a_virtual_service_names(real: RealMesh) -> None:
    await real.apply(GATEWAY)
    assert (await through_gateway(real, "any.example:31380", "/productpage")).body == "httpbin-0"
    asked = real.asked[-1][1]
    assert asked.headers["x-forwarded-for"] == "203.0.113.7"
    assert "sa/ingress" in asked.headers["x-forwarded-client-cert"]
    assert (await real.logged("httpbin-0", code=200, path="/productpage"))["peer"] == "ingress.istio-system"
    assert (await through_gateway(real, "any.example", "/other")).status == 404
    assert (await real.logged("ingress", code=404))["flags"] == "NR"


async def test_a_gateway_ends_tls_by_its_credential(real: RealMesh) -> None:
    await real.apply(GATEWAY)
    context = ssl.create_default_context(cadata=authority()[2])
    assert (await through_gateway(real, "shop.example", "/productpage", context)).body == "httpbin-0"


async def test_a_gateway_can_send_clients_to_https(real: RealMesh) -> None:
    await real.apply(GATEWAY.replace('hosts: ["*"]}', 'hosts: ["*"], tls: {httpsRedirect: true}}'))
    answer = await through_gateway(real, "shop.example", "/productpage")
    assert (answer.status, answer.headers["location"]) == (301, "https://shop.example/productpage")


async def test_a_port_of_a_gateway_where_no_route_is_bound_is_404(real: RealMesh) -> None:
    await real.apply(GATEWAY.replace("gateways: [web]", "gateways: [other]"))
    assert (await through_gateway(real, "any.example", "/productpage")).status == 404


async def test_what_is_not_in_the_mesh_is_reached_unless_it_has_to_be_registered(real: RealMesh) -> None:
    assert (await real.get("sleep", "example.com", to="93.184.216.34", port=9080)).body == "outside"
    assert real.passed_on[-1][:2] == ("93.184.216.34", 9080)
    assert (await real.logged("sleep", authority="example.com"))["cluster"].endswith(";PassthroughCluster")
    real.mesh.settings["outboundTrafficPolicy"] = {"mode": "REGISTRY_ONLY"}
    await real.apply()
    assert (await real.get("sleep", "example.com", to="93.184.216.34", port=9080)).status == 502
    await real.apply(
        "kind: ServiceEntry\nspec:\n  hosts: [example.com]\n  location: MESH_EXTERNAL\n  resolution: DNS\n"
        "  ports: [{number: 9080, name: http, protocol: HTTP}]"
    )
    assert (await real.get("sleep", "example.com", to="93.184.216.34", port=9080)).body == "outside"
    assert real.passed_on[-1][2][225] == "example.com:9080"


async def test_clients_of_headless_services_reach_the_endpoint_that_they_mean(real: RealMesh) -> None:
    for pod in ("web-0", "web-1", "web-0"):
        address = real.mesh.workloads[pod].ip
        assert (await real.get("sleep", f"{pod}.web", to=address)).body == pod
    for pod in ("db-1", "db-0", "db-1"):
        address = real.mesh.workloads[pod].ip
        assert (await real.get("sleep", "db", to=address, port=3306)).body == pod
    assert "x-labgate-endpoint" not in real.asked[-1][1].headers


async def test_what_a_gateway_passes_on_comes_from_the_gateway(real: RealMesh) -> None:
    gateway = real.mesh.workloads["ingress"].ip
    await real.apply(GATEWAY)
    policy = "kind: AuthorizationPolicy\nmetadata: {name: from}\nspec:\n  selector: {matchLabels: {app: httpbin}}\n  rules:\n"
    for field, block, expected in (
        ("ipBlocks", f"{gateway}/32", 200),
        ("ipBlocks", "203.0.113.0/24", 403),
        ("remoteIpBlocks", "203.0.113.0/24", 200),
    ):
        await real.apply(f"{policy}  - from: [{{source: {{{field}: [{block}]}}}}]")
        assert (await through_gateway(real, "a.example", "/productpage")).status == expected, (field, block)
        assert (await real.get("sleep", "httpbin")).status == 403


EGRESS = """
kind: ServiceEntry
spec: {hosts: [cnn.example], resolution: DNS, location: MESH_EXTERNAL, ports: [{number: 80, name: http, protocol: HTTP}]}
---
kind: Gateway
metadata: {name: egress}
spec:
  selector: {istio: ingressgateway}
  servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [cnn.example]}]
---
kind: VirtualService
metadata: {name: egress}
spec:
  hosts: [cnn.example]
  gateways: [egress, mesh]
  http:
  - match: [{gateways: [mesh], port: 80}]
    route: [{destination: {host: ingress.istio-system.svc.cluster.local, port: {number: 80}}}]
  - match: [{gateways: [egress], port: 80}]
    route: [{destination: {host: cnn.example, port: {number: 80}}}]
"""


async def test_what_leaves_the_mesh_can_leave_by_a_gateway(real: RealMesh) -> None:
    await real.apply(EGRESS)
    assert (await real.get("sleep", "cnn.example", to="93.184.216.34", port=80)).body == "outside"
    assert real.passed_on[-1][2][225] == "cnn.example:80"
    assert (await real.logged("ingress", authority="cnn.example"))["host"] == "cnn.example"
    assert (await real.logged("sleep", authority="cnn.example"))["upstream_pod"] == "ingress.istio-system"
