"""Whether a client in a pod trusts what answers with TLS: its certificate is vouched for, and is one for the host."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.network_messages import Listener

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""Where debian and alpine keep the authorities that are trusted by default."""
SELF_SIGNED, IN_CHAIN, UNKNOWN_ISSUER, EXPIRED = 18, 19, 20, 10
"""OpenSSL's numbers (X509_V_ERR_…)."""
WORDS = {
    SELF_SIGNED: "self-signed certificate",
    IN_CHAIN: "self-signed certificate in certificate chain",
    UNKNOWN_ISSUER: "unable to get local issuer certificate",
    EXPIRED: "certificate has expired",
}


class NotTrusted(Exception):
    """Nobody that the client knows vouches for the certificate; `number` is OpenSSL's, and there are words for it."""

    def __init__(self, number: int) -> None:
        super().__init__(WORDS[number])
        self.number = number


class WrongHost(Exception):
    """The certificate is one for other names."""


def trusted_files(files: ContainerFiles, name: str = "", folder: str = "") -> bytes:
    """PEM of the authorities in a file, and in those of a folder; without both in the image's own. Raises OSError."""
    if not name and not folder:
        return files.read(BUNDLE) if files.exists(BUNDLE) else b""
    found = [files.read(name)] if name else []
    if folder:
        found += [files.read(each) for each in _files_in(files, folder)]
    return b"\n".join(found)


def _files_in(files: ContainerFiles, folder: str) -> list[str]:
    names = [f"{folder.rstrip('/')}/{name}" for name in files.names(folder)]
    return [name for name in names if not files.is_folder(name)]


def has_certificates(pem: bytes) -> bool:
    return bool(_certificates(pem))


def check(listener: Listener, host: str, authorities: bytes) -> None:
    """Raises NotTrusted, WrongHost."""
    known = _certificates(authorities)
    if listener.authority:  # its names are all those under which it is reached
        if not set(_certificates(listener.authority.encode())) & set(known):
            raise NotTrusted(UNKNOWN_ISSUER)
        return
    chain = _certificates(listener.certificate)
    if not chain:
        raise NotTrusted(UNKNOWN_ISSUER)
    _check_chain(chain, known)
    if not _is_for(chain[0], host):
        raise WrongHost(host)


def describe(listener: Listener) -> list[str]:
    """What curl says of a server's certificate."""
    chain = _certificates(listener.certificate)
    if not chain:
        return []
    moments = [each.strftime("%b %e %H:%M:%S %Y GMT") for each in _times(chain[0])]
    return [
        f"subject: {_name(chain[0], issuer=False)}",
        f"start date: {moments[0]}",
        f"expire date: {moments[1]}",
        f"issuer: {_name(chain[0], issuer=True)}",
    ]


def _name(certificate: Certificate, *, issuer: bool) -> str:
    name = certificate.issuer if issuer else certificate.subject
    return "; ".join(reversed(name.rfc4514_string().split(",")))


def _times(certificate: Certificate) -> tuple[datetime, datetime]:
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def _check_chain(chain: Sequence[Certificate], known: Sequence[Certificate]) -> None:
    """Raises NotTrusted where no certificate of the chain is known, or signed by one that is."""
    if _times(chain[0])[1] < datetime.now(UTC):
        raise NotTrusted(EXPIRED)
    for number, each in enumerate(chain):
        if each in known or any(_signed_by(each, authority) for authority in known):
            return
        if each.issuer == each.subject:
            raise NotTrusted(IN_CHAIN if number else SELF_SIGNED)
        if number + 1 == len(chain) or not _signed_by(each, chain[number + 1]):
            break
    raise NotTrusted(UNKNOWN_ISSUER)


def _signed_by(certificate: Certificate, authority: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_for(certificate: Certificate, host: str) -> bool:
    """By its subjectAltName; by its common name where it has none (RFC 6125)."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        found = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return any(_matches(str(each.value), host) for each in found)
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        return any(_matches(each, host) for each in names.get_values_for_type(x509.DNSName))


def _matches(pattern: str, host: str) -> bool:
    pattern, host = pattern.lower().rstrip("."), host.lower().rstrip(".")
    if pattern.startswith("*."):
        return "." in host and host.partition(".")[2] == pattern[2:]
    return pattern == host


@lru_cache(maxsize=16)
def _certificates(pem: bytes) -> tuple[Certificate, ...]:
    """Those in a text that may have keys and other things between them; none where one of them can't be read."""
    from cryptography import x509

    begin, end = b"-----BEGIN CERTIFICATE-----", b"-----END CERTIFICATE-----"
    parts = [part.partition(end)[0] for part in pem.split(begin)[1:]]
    try:
        return tuple(x509.load_pem_x509_certificate(begin + part + end + b"\n") for part in parts)
    except ValueError:
        return ()
