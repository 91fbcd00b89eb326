"""Certificates and TLS of both sides of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runner.practice.mesh.mesh_view import Json, MeshProxy
from runner.practice.mesh.proxy_config import CONFIG_SOURCE, SecretRequest
from runner.practice.mesh.translation.envoy_types import extension

MTLS_HTTP = ("istio-http/1.0", "istio-http/1.1", "istio-h2")
MTLS_TCP = ("istio-peer-exchange", "istio")
"""ALPN of connections between proxies: of HTTP, and of anything else (or of HTTP that is not known as such)."""

ROOT = "ROOTCA"


class Secrets:
    """The secrets that a proxy's configuration names, each once."""

    def __init__(self) -> None:
        self._found: dict[str, SecretRequest] = {}

    def all(self) -> tuple[SecretRequest, ...]:
        """In the order in which they were named."""
        return tuple(self._found.values())

    def use(self, request: SecretRequest) -> Json:
        """Where Envoy asks for it."""
        self._found[request.name] = request
        return {"name": request.name, "sds_config": CONFIG_SOURCE}

    def workload(self, proxy: MeshProxy) -> Json:
        """The certificate of a proxy's ServiceAccount."""
        workload = proxy.workload
        name = f"default/{workload.namespace}/{workload.service_account}"
        return self.use(SecretRequest(name, "workload", workload.namespace, workload.service_account))

    def root(self) -> Json:
        """The mesh's authority."""
        return self.use(SecretRequest(ROOT, "root"))


def spiffe_id(trust_domain: str, namespace: str, account: str) -> str:
    """Who a workload is."""
    return f"spiffe://{trust_domain}/ns/{namespace}/sa/{account}"


def _validation(source: Json, names: Iterable[str], prefix: str = "") -> Json:
    """Certificates of that authority, with one of `names` if there are any."""
    matchers: list[Json] = []
    for name in names:
        kind = "URI" if "://" in name else "DNS"
        matchers.append({"san_type": kind, "matcher": {"exact": name}})
    if prefix:
        matchers.append({"san_type": "URI", "matcher": {"prefix": prefix}})
    return {
        "combined_validation_context": {
            "default_validation_context": {"match_typed_subject_alt_names": matchers} if matchers else {},
            "validation_context_sds_secret_config": source,
        }
    }


def mesh_client(
    secrets: Secrets, proxy: MeshProxy, sni: str, names: Sequence[str], alpn: Sequence[str]
) -> Json:
    """Mutual TLS to another workload of the mesh."""
    return extension(
        "upstream_tls",
        sni=sni,
        common_tls_context={
            "alpn_protocols": list(alpn),
            "tls_certificate_sds_secret_configs": [secrets.workload(proxy)],
            **_validation(secrets.root(), names),
        },
    )


def mesh_server(secrets: Secrets, proxy: MeshProxy, trust_domain: str) -> Json:
    """Mutual TLS for other workloads of the mesh."""
    return extension(
        "downstream_tls",
        require_client_certificate=True,
        common_tls_context={
            "alpn_protocols": ["istio-peer-exchange", "h2", "http/1.1"],
            "tls_certificate_sds_secret_configs": [secrets.workload(proxy)],
            **_validation(secrets.root(), (), f"spiffe://{trust_domain}/"),
        },
    )


def client_tls(
    secrets: Secrets,
    proxy: MeshProxy,
    tls: Json,
    *,
    sni: str,
    names: Sequence[str],
    alpn: Sequence[str],
    host: str,
) -> Json | None:
    """What `tls` of a DestinationRule asks for: None for DISABLE. `host` is the SNI where it names none.

    Raises ValueError for an unknown mode."""
    mode = tls.get("mode") or "DISABLE"
    if mode == "DISABLE":
        return None
    wanted = list(tls.get("subjectAltNames") or ())
    if mode == "ISTIO_MUTUAL":
        return mesh_client(secrets, proxy, tls.get("sni") or sni, wanted or names, alpn)
    if mode not in ("SIMPLE", "MUTUAL"):
        raise ValueError(f"unknown TLS mode {mode}")
    context: Json = {}
    http = [name for name in alpn if name in ("h2", "http/1.1")]
    if http:
        context["alpn_protocols"] = http
    credential = tls.get("credentialName")
    if mode == "MUTUAL":
        certificate = (
            SecretRequest(f"kubernetes://{credential}", "credential", proxy.workload.namespace, credential)
            if credential
            else _file_request(proxy, "file", tls.get("clientCertificate") or "", tls.get("privateKey") or "")
        )
        context["tls_certificate_sds_secret_configs"] = [secrets.use(certificate)]
    authority: SecretRequest | None = None
    if credential:
        authority = SecretRequest(
            f"kubernetes://{credential}-cacert", "credential-ca", proxy.workload.namespace, credential
        )
    elif tls.get("caCertificates"):
        authority = _file_request(proxy, "file-ca", tls["caCertificates"])
    if authority is not None and not tls.get("insecureSkipVerify"):
        context |= _validation(secrets.use(authority), wanted)
    fields: Json = {"common_tls_context": context}
    if tls.get("sni") or host:
        fields["sni"] = tls.get("sni") or host
    return extension("upstream_tls", **fields)


def _file_request(proxy: MeshProxy, kind: str, *paths: str) -> SecretRequest:
    """Files in the istio-proxy container of the pod."""
    workload = proxy.workload
    if not all(paths):
        raise ValueError("a certificate is named without its file")
    name = f"{workload.ip};{kind}:{'~'.join(paths)}"
    return SecretRequest(
        name, "file-ca" if kind == "file-ca" else "file", workload.namespace, workload.name, tuple(paths)
    )


def server_tls(secrets: Secrets, proxy: MeshProxy, tls: Json, trust_domain: str) -> Json:
    """What `tls` of a Gateway's server asks for. Raises ValueError for a mode that does not end TLS."""
    mode = tls.get("mode") or "SIMPLE"
    if mode == "ISTIO_MUTUAL":
        context = mesh_server(secrets, proxy, trust_domain)
        context["typed_config"]["common_tls_context"]["alpn_protocols"] = ["h2", "http/1.1"]
        return context
    if mode not in ("SIMPLE", "MUTUAL", "OPTIONAL_MUTUAL"):
        raise ValueError(f"unsupported TLS mode {mode}")
    namespace, credential = proxy.workload.namespace, tls.get("credentialName") or ""
    credential = (tls.get("credentialNames") or [credential])[0]
    certificate = (
        SecretRequest(f"kubernetes://{namespace}/{credential}", "credential", namespace, credential)
        if credential
        else _file_request(proxy, "file", tls.get("serverCertificate") or "", tls.get("privateKey") or "")
    )
    common: Json = {
        "alpn_protocols": ["h2", "http/1.1"],
        "tls_certificate_sds_secret_configs": [secrets.use(certificate)],
    }
    if parameters := _parameters(tls):
        common["tls_params"] = parameters
    if mode != "SIMPLE":
        if credential:
            authority = SecretRequest(
                f"kubernetes://{namespace}/{credential}-cacert", "credential-ca", namespace, credential
            )
        else:
            authority = _file_request(proxy, "file-ca", tls.get("caCertificates") or "")
        common |= _validation(secrets.use(authority), tls.get("subjectAltNames") or ())
    return extension("downstream_tls", require_client_certificate=mode == "MUTUAL", common_tls_context=common)


_VERSIONS = {"TLSV1_0": "TLSv1_0", "TLSV1_1": "TLSv1_1", "TLSV1_2": "TLSv1_2", "TLSV1_3": "TLSv1_3"}
_CIPHERS = frozenset(
    {
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "ECDHE-ECDSA-AES128-SHA",
        "ECDHE-RSA-AES128-SHA",
        "ECDHE-ECDSA-AES256-SHA",
        "ECDHE-RSA-AES256-SHA",
        "AES128-GCM-SHA256",
        "AES256-GCM-SHA384",
        "AES128-SHA",
        "AES256-SHA",
    }
)


def _parameters(tls: Json) -> Json:
    """Versions and ciphers; those that Envoy does not know would make it refuse everything."""
    found: Json = {}
    for field, name in (
        ("minProtocolVersion", "tls_minimum_protocol_version"),
        ("maxProtocolVersion", "tls_maximum_protocol_version"),
    ):
        if tls.get(field) in _VERSIONS:
            found[name] = _VERSIONS[tls[field]]
    if ciphers := [cipher for cipher in tls.get("cipherSuites") or () if cipher in _CIPHERS]:
        found["cipher_suites"] = ciphers
    return found
