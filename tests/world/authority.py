"""Certificates for tests: an authority, and what it issues, good or not."""

from __future__ import annotations

import base64
import datetime
import ipaddress
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NO_PASSPHRASE = serialization.NoEncryption()


class Authority:
    """A certificate authority of the tests, without key identifiers: as many clusters' own."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(self.key.public_key(), "authority", authority=True)

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(
        self,
        name: str,
        *,
        days: tuple[int, int] = (-1, 1),
        address: str = "127.0.0.1",
        encryption: serialization.KeySerializationEncryption = NO_PASSPHRASE,
    ) -> tuple[str, str]:
        """A certificate for `name` and `address` and its key, in PEM; valid from day to day, today being 0."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = self._signed(key.public_key(), name, days=days, address=address)
        written = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        return certificate.public_bytes(serialization.Encoding.PEM).decode(), written.decode()

    def _signed(
        self,
        public: ec.EllipticCurvePublicKey,
        subject: str,
        *,
        authority: bool = False,
        days: tuple[int, int] = (-1, 1),
        address: str = "127.0.0.1",
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        names = [x509.DNSName(subject), x509.IPAddress(ipaddress.ip_address(address))]
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
            .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")]))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=days[0]))
            .not_valid_after(now + datetime.timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(self.key, hashes.SHA256())
        )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def server_context(folder: Path, pair: tuple[str, str], clients: str = "") -> ssl.SSLContext:
    """TLS with that certificate and key; `clients`: the authority whose certificates are asked for."""
    (folder / "server.pem").write_text("".join(pair))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    if clients:
        context.load_verify_locations(cadata=clients)
        context.verify_mode = ssl.CERT_REQUIRED
    return context
