"""What a mesh's certificates are signed with: a root of its own, and SPIFFE identities by ServiceAccount.

istiod keeps its root in the Secret istio-ca-secret, and its certificate in the ConfigMap istio-ca-root-cert of each namespace
(security/pkg/pki/ca and pilot/pkg/bootstrap of Istio).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

ROOT_VALID = timedelta(days=3650)
WORKLOAD_VALID = timedelta(days=90)
"""A day in Istio, which makes a new one in time."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A certificate with those that follow it, and its key; PEM."""

    certificate: str
    key: str


class MeshAuthority:
    """Signs for workloads; each ServiceAccount gets one certificate."""

    def __init__(self, root: KeyPair) -> None:
        self.root = root
        self._made: dict[str, KeyPair] = {}

    def workload(self, identity: str) -> KeyPair:
        """The certificate of spiffe://cluster.local/ns/default/sa/reviews."""
        found = self._made.get(identity)
        if found is None:
            found = self._made[identity] = self._signed(identity)
        return found

    def _signed(self, identity: str) -> KeyPair:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        root = x509.load_pem_x509_certificate(self.root.certificate.encode())
        signing = load_pem_private_key(self.root.key.encode(), None)
        assert isinstance(signing, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
        key = ec.generate_private_key(ec.SECP256R1())
        usages = [x509.oid.ExtendedKeyUsageOID.SERVER_AUTH, x509.oid.ExtendedKeyUsageOID.CLIENT_AUTH]
        builder = (
            _builder(x509.Name([]), root.subject, key, WORKLOAD_VALID)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(identity)]), critical=True
            )
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        )
        return _signed(builder, signing, key)


def new_root(trust_domain: str) -> KeyPair:
    """A certificate that signs itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.ORGANIZATION_NAME, trust_domain)])
    builder = _builder(name, name, key, ROOT_VALID).add_extension(
        x509.BasicConstraints(ca=True, path_length=None), critical=True
    )
    return _signed(builder, key, key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, valid: timedelta
) -> x509.CertificateBuilder:
    from cryptography import x509

    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=2))
        .not_valid_after(now + valid)
    )


def _signed(
    builder: x509.CertificateBuilder,
    signing: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey,
    key: ec.EllipticCurvePrivateKey,
) -> KeyPair:
    from cryptography.hazmat.primitives import hashes, serialization

    certificate = builder.sign(signing, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return KeyPair(certificate.public_bytes(serialization.Encoding.PEM).decode(), private.decode())
