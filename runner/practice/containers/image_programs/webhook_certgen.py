"""A stand-in for kube-webhook-certgen: it makes a certificate, keeps it in a Secret, and gives webhooks its authority."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.in_cluster_client import ApiClient, ApiError

WEBHOOKS = "/apis/admissionregistration.k8s.io/v1"
YEARS = timedelta(days=36500)


async def certgen(call: Invocation) -> int:
    """create --host=… --secret-name=…, and patch --webhook-name=… --secret-name=…"""
    words = list(call.argv[1:])
    verb = next((word for word in words if not word.startswith("-")), "")
    options = dict(_options(words))
    api, namespace = ApiClient(call), options.get("namespace", call.container.pod.config.namespace)
    place = f"/api/v1/namespaces/{namespace}/secrets"
    name = options.get("secret-name", "")
    try:
        if verb == "create":
            await _create(call, api, place, name, options.get("host", "").split(","))
            return 0
        if verb == "patch":
            await _patch(call, api, f"{place}/{name}", options)
            return 0
    except ApiError as error:
        await _log(call, "fatal", "error from the API", str(error))
        return 1
    await call.out("Use this to create a ca and signed certificates and patch admission webhooks\n")
    return 0


async def _create(call: Invocation, api: ApiClient, place: str, name: str, hosts: list[str]) -> None:
    try:
        await api("GET", f"{place}/{name}")
    except ApiError as error:
        if error.status != 404:
            raise
        await _log(call, "info", "no secret found", str(error))
    else:
        await _log(call, "info", "secret already exists")
        return
    await _log(call, "info", "creating new secret")
    made = certificates(hosts)
    data = {key: base64.b64encode(value).decode() for key, value in made.items()}
    await api("POST", place, {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": data})


async def _patch(call: Invocation, api: ApiClient, secret: str, options: dict[str, str]) -> None:
    name = options.get("webhook-name", "")
    authority = (await api("GET", secret))["data"]["ca"]
    what = [("validating", "validatingwebhookconfigurations"), ("mutating", "mutatingwebhookconfigurations")]
    for kind, resource in what:
        if options.get(f"patch-{kind}", "true") == "false":
            continue
        await _log(call, "info", f"patching {kind} webhook configuration '{name}'")
        configuration = await api("GET", f"{WEBHOOKS}/{resource}/{name}")
        for hook in configuration.get("webhooks") or ():
            hook["clientConfig"]["caBundle"] = authority
            if policy := options.get("patch-failure-policy"):
                hook["failurePolicy"] = policy
        await api("PUT", f"{WEBHOOKS}/{resource}/{name}", configuration)
    await _log(call, "info", "Patched hook(s)")


def certificates(hosts: list[str]) -> dict[str, bytes]:
    """PEM: `ca` an authority of its own, `cert` and `key` of a server with those names."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    now = datetime.now(UTC)
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "nil1")])
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "nil2")])

    def signed(
        name: x509.Name, public: ec.EllipticCurvePublicKey, *extensions: tuple[x509.ExtensionType, bool]
    ) -> bytes:
        made = x509.CertificateBuilder(issuer, name, public, x509.random_serial_number(), now, now + YEARS)
        for extension, critical in extensions:
            made = made.add_extension(extension, critical)
        return made.sign(authority_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts if host])
    return {
        "ca": signed(
            issuer, authority_key.public_key(), (x509.BasicConstraints(ca=True, path_length=None), True)
        ),
        "cert": signed(subject, key.public_key(), (names, False)),
        "key": key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        ),
    }


def _options(words: list[str]) -> list[tuple[str, str]]:
    parts = [word.lstrip("-").partition("=") for word in words if word.startswith("--")]
    return [(name, value if equals else "true") for name, equals, value in parts]


async def _log(call: Invocation, level: str, message: str, error: str = "") -> None:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    entry = {**({"err": error} if error else {}), "level": level, "msg": message, "time": moment}
    await call.error(json.dumps(entry, separators=(",", ":")) + "\n")
