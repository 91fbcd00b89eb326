"""The authority of a mesh: the Secret `istio-ca-secret` that istiod makes where there is none, and certificates of it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

SECRET = "istio-ca-secret"  # noqa: S105 (a name)
ROOT_DAYS, SERVER_DAYS = 3650, 365


@dataclass(frozen=True, slots=True)
class Authority:
    """Certificate and key, PEM."""

    certificate: bytes
    key: bytes

    @property
    def secret_data(self) -> dict[str, str]:
        """As Istio's self-signed authority keeps itself (security/pkg/pki/ca)."""
        parts = {
            "ca-cert.pem": self.certificate,
            "ca-key.pem": self.key,
            "cert-chain.pem": b"",
            "key.pem": b"",
        }
        return {
            name: base64.b64encode(value).decode() for name, value in {**parts, "root-cert.pem": b""}.items()
        }

    @classmethod
    def of_secret(cls, data: dict[str, Any]) -> Authority:
        """Raises KeyError where the Secret has none."""
        return cls(base64.b64decode(data["ca-cert.pem"]), base64.b64decode(data["ca-key.pem"]))


def new_authority(organization: str = "cluster.local") -> Authority:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization)])
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=2))
        .not_valid_after(now + timedelta(days=ROOT_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(made.public_bytes(_pem()), _private(key))


def server_certificate(authority: Authority, names: Sequence[str]) -> bytes:
    """Key and certificate (PEM) of a server with these DNS names."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    root = x509.load_pem_x509_certificate(authority.certificate)
    signer = serialization.load_pem_private_key(authority.key, None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(root.subject, x509.Name([]), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=2))
        .not_valid_after(now + timedelta(days=SERVER_DAYS))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=True)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )
    return _private(key) + made.public_bytes(_pem())


def _pem() -> Any:
    from cryptography.hazmat.primitives import serialization

    return serialization.Encoding.PEM


def _private(key: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    found: bytes = key.private_bytes(
        _pem(), serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return found
