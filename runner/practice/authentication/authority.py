"""What a cluster signs with: its certificate authority, the API server's certificate, and the key of its tokens."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from runner.paths import write_private

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

VALID = timedelta(days=3650)
CA, CA_KEY, SERVER, SERVER_KEY, TOKENS_KEY = "ca.crt", "ca.key", "server.crt", "server.key", "accounts.key"
NAMES = (
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "localhost",
)


@dataclass(frozen=True)
class Authority:
    """Kept in a folder of mode 0700; several clusters may share one. Keys are read when they are first needed."""

    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Authority:
        """The one that is kept in the folder, made where there is none."""
        if not all((folder / name).exists() for name in (CA, CA_KEY, SERVER, SERVER_KEY, TOKENS_KEY)):
            for name, content in _made().items():
                write_private(folder / name, content)
        return cls(folder)

    @property
    def server(self) -> tuple[Path, Path]:
        """The API server's certificate and key, PEM files."""
        return self.folder / SERVER, self.folder / SERVER_KEY

    @cached_property
    def certificate(self) -> str:
        """The CA's, PEM."""
        return (self.folder / CA).read_text()

    @cached_property
    def loaded(self) -> x509.Certificate:
        from cryptography import x509

        return x509.load_pem_x509_certificate(self.certificate.encode())

    @cached_property
    def key(self) -> ec.EllipticCurvePrivateKey:
        """The CA's."""
        return _load(self.folder / CA_KEY)

    @cached_property
    def tokens_key(self) -> ec.EllipticCurvePrivateKey:
        """What the tokens of ServiceAccounts are signed with."""
        return _load(self.folder / TOKENS_KEY)


def _load(path: Path) -> ec.EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = load_pem_private_key(path.read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def _made() -> dict[str, bytes]:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    root, server, tokens = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
    loopback = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    names = x509.SubjectAlternativeName([*(x509.DNSName(name) for name in NAMES), loopback])
    usages = [x509.oid.ExtendedKeyUsageOID.SERVER_AUTH]
    return {
        CA: _certificate("kubernetes", root, root, None),
        CA_KEY: _pem(root),
        SERVER: _certificate("kube-apiserver", server, root, names, usages),
        SERVER_KEY: _pem(server),
        TOKENS_KEY: _pem(tokens),
    }


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    root: ec.EllipticCurvePrivateKey,
    names: x509.SubjectAlternativeName | None,
    usages: Sequence[x509.ObjectIdentifier] = (),
) -> bytes:
    """Of a server where it has `names`, else of the authority itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization

    def named(common_name: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])

    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named(name))
        .issuer_name(named("kubernetes"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + VALID)
        .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
        .add_extension(_key_usage(signs=names is None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
    )
    if names is None:
        identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        builder = builder.add_extension(identifier, critical=False)
    else:
        builder = builder.add_extension(names, critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return builder.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _key_usage(*, signs: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
