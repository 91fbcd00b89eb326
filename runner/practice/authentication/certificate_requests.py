"""PKCS#10 requests: read, found right for a signer, and signed.

What each of the kubernetes.io signers takes is from "Kubernetes signers" of kubernetes.io.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from runner.practice.authentication.authority import Authority
from runner.practice.authentication.request_rules import EXTENDED_USAGES, KEY_USAGES

if TYPE_CHECKING:
    from cryptography import x509

LEGACY = "kubernetes.io/legacy-unknown"
API_CLIENT = "kubernetes.io/kube-apiserver-client"
KUBELET_CLIENT = "kubernetes.io/kube-apiserver-client-kubelet"
KUBELET_SERVING = "kubernetes.io/kubelet-serving"
SIGNERS = (API_CLIENT, KUBELET_CLIENT, KUBELET_SERVING, LEGACY)
NODE, NODES, MASTERS = "system:node:", "system:nodes", "system:masters"
BACKDATED = timedelta(minutes=5)
WITHOUT_ENCIPHERMENT_SINCE = 27
"""The minor since which a kubelet's key need not encipher keys, as only an RSA one can."""
LONGEST, SHORTEST = timedelta(days=365), timedelta(minutes=10)
BLOCK = re.compile(rb"-----BEGIN ([^\n-]+)-----(.*?)-----END \1-----", re.DOTALL)


class NotForSigner(Exception):
    """The signer takes no such request; the words are those of the condition Failed."""


def read(content: bytes) -> x509.CertificateSigningRequest:
    """The request in a PEM file. Raises ValueError with Go's words where there is none."""
    from cryptography import x509

    block = BLOCK.search(content)
    if block is None or block[1] != b"CERTIFICATE REQUEST":
        raise ValueError("PEM block type must be CERTIFICATE REQUEST")
    try:
        found = x509.load_der_x509_csr(base64.b64decode(b"".join(block[2].split()), validate=True))
        signed = found.is_signature_valid
    except binascii.Error:
        raise ValueError("PEM block type must be CERTIFICATE REQUEST") from None
    except ValueError:
        raise ValueError("asn1: syntax error: data truncated") from None
    if not signed:
        raise ValueError("crypto/rsa: verification error")
    return found


def problem_of(content: bytes) -> str:
    """What is wrong with a request in a PEM file; "" if nothing is."""
    try:
        read(content)
    except ValueError as error:
        return str(error)
    return ""


def subject_of(request: x509.CertificateSigningRequest) -> tuple[str, list[str]]:
    """(common name, organizations)."""
    from cryptography.x509 import NameOID

    def values(kind: x509.ObjectIdentifier) -> list[str]:
        return [str(part.value) for part in request.subject.get_attributes_for_oid(kind)]

    return "".join(values(NameOID.COMMON_NAME)[-1:]), values(NameOID.ORGANIZATION_NAME)


def system_masters(content: bytes) -> bool:
    """Whether the request asks for the group that may do everything."""
    return MASTERS in subject_of(read(content))[1]


def default_signer(content: bytes, usages: Sequence[str], minor: int) -> str:
    """The signer of a v1beta1 request that names none."""
    for signer in (KUBELET_CLIENT, KUBELET_SERVING):
        try:
            check_for_signer(read(content), signer, usages, minor)
        except (ValueError, NotForSigner):
            continue
        return signer
    return LEGACY


def check_for_signer(
    request: x509.CertificateSigningRequest, signer: str, usages: Sequence[str], minor: int
) -> None:
    """As the signers of Kubernetes 1.`minor` look at it. Raises NotForSigner."""
    if signer == API_CLIENT:
        _check_client(usages)
    elif signer in (KUBELET_CLIENT, KUBELET_SERVING):
        _check_kubelet(request, signer, usages, minor)


def _check_client(usages: Sequence[str]) -> None:
    for usage in usages:
        if usage not in ("digital signature", "key encipherment", "client auth"):
            raise NotForSigner(f"invalid usage for client certificate: {usage}")
    if "client auth" not in usages:
        raise NotForSigner("missing required usage for client certificate: client auth")


def _check_kubelet(
    request: x509.CertificateSigningRequest, signer: str, usages: Sequence[str], minor: int
) -> None:
    name, organizations = subject_of(request)
    if organizations != [NODES]:
        raise NotForSigner("subject organization is not system:nodes")
    dns, email, ip, uri = _alternatives(request)
    if signer == KUBELET_SERVING:
        if not dns and not ip:
            raise NotForSigner("DNS or IP subjectAltName is required")
        unwanted: tuple[tuple[str, bool], ...] = (("Email", email), ("URI", uri))
    else:
        unwanted = (("DNS", dns), ("Email", email), ("IP", ip), ("URI", uri))
    for kind, found in unwanted:
        if found:
            raise NotForSigner(f"{kind} subjectAltNames are not allowed")
    needed = ["digital signature", "server auth" if signer == KUBELET_SERVING else "client auth"]
    with_rsa = sorted([*needed, "key encipherment"])
    enough = (sorted(needed), with_rsa) if minor >= WITHOUT_ENCIPHERMENT_SINCE else (with_rsa,)
    if sorted(set(usages)) not in enough:
        raise NotForSigner(f"usages did not match [{' '.join(with_rsa)}]")
    if not name.startswith(NODE):
        raise NotForSigner("subject common name does not begin with system:node:")


def _alternatives(request: x509.CertificateSigningRequest) -> tuple[bool, bool, bool, bool]:
    """Whether there are alternative names that are (DNS, email, IP, URI) ones."""
    from cryptography import x509

    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False, False, False, False
    kinds = (x509.DNSName, x509.RFC822Name, x509.IPAddress, x509.UniformResourceIdentifier)
    dns, email, ip, uri = (any(isinstance(name, kind) for name in names) for kind in kinds)
    return dns, email, ip, uri


def sign(
    request: x509.CertificateSigningRequest, authority: Authority, usages: Sequence[str], seconds: int | None
) -> bytes:
    """A certificate, PEM, for a year or for `seconds` where that is less."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    lasts = LONGEST if seconds is None else min(max(timedelta(seconds=seconds), SHORTEST), LONGEST)
    now, root = datetime.now(UTC), authority.loaded
    end = now + lasts if lasts < timedelta(hours=8) else now + lasts - BACKDATED
    issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(root.subject)
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(min(end, root.not_valid_after_utc))
    )
    plain = {KEY_USAGES[usage] for usage in usages if usage in KEY_USAGES}
    if plain:
        message = {name: name in plain for name in set(KEY_USAGES.values())}
        builder = builder.add_extension(x509.KeyUsage(**message), critical=True)
    extended = sorted({EXTENDED_USAGES[usage] for usage in usages if usage in EXTENDED_USAGES})
    if extended:
        purposes = x509.ExtendedKeyUsage([x509.ObjectIdentifier(one) for one in extended])
        builder = builder.add_extension(purposes, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(issuer, critical=False)
    try:
        names = request.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        builder = builder.add_extension(names.value, critical=names.critical)
    except x509.ExtensionNotFound:
        pass  # a client has none
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
