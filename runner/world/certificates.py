"""Certificates and keys of a kubeconfig: accepts what Go accepts, with error messages for the rest."""

from __future__ import annotations

import base64
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from runner.paths import scratch, write_private
from runner.words import Phrase, phrase

_BLOCK = re.compile(
    rb"^-----BEGIN ([A-Z0-9 ]+)-----[ \t]*\r?\n(.*?)^-----END \1-----", re.MULTILINE | re.DOTALL
)


class CertificateProblem(Exception):
    """A certificate or key can't be used; `message` says why and what to do next."""

    def __init__(self, message: Phrase) -> None:
        super().__init__(message.render())
        self.message = message


def authorities(pem: bytes) -> bytes:
    """The certificates of a bundle, as DER one after the other: text between them, and broken ones, are passed over, as in Go
    (crypto/x509, AppendCertsFromPEM). Raises CertificateProblem if none is left.
    """
    found = [der for der in _certificates(pem) if _is_certificate(der)]
    if not found:
        raise CertificateProblem(
            phrase(
                "the certificate authority contains no certificate (PEM, starting with -----BEGIN "
                "CERTIFICATE-----). Get a new kubeconfig"
            )
        )
    return b"".join(found)


def _certificates(pem: bytes) -> Iterator[bytes]:
    for kind, body in _BLOCK.findall(pem):
        if kind == b"CERTIFICATE":
            try:
                yield base64.b64decode(re.sub(rb"\s", b"", body), validate=True)
            except ValueError:
                continue


def _is_certificate(der: bytes) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=der)
    except ssl.SSLError:
        return False
    return True


def blocks(pem: bytes) -> str:
    """The PEM blocks alone, without the text around them, whatever its encoding."""
    return "".join(match[0].decode("ascii", "ignore") + "\n" for match in _BLOCK.finditer(pem))


def load_pair(context: ssl.SSLContext, certificate: str, key: str) -> None:
    """Sign in with that certificate and key (PEM). Raises CertificateProblem."""
    if "-----BEGIN CERTIFICATE-----" not in certificate:
        raise CertificateProblem(
            phrase(
                "the client certificate contains no certificate (PEM, starting with -----BEGIN "
                "CERTIFICATE-----). Get a new kubeconfig"
            )
        )
    if "PRIVATE KEY-----" not in key:
        raise CertificateProblem(
            phrase("the client certificate's key is missing or is not a PEM key. Get a new kubeconfig")
        )
    if (
        "ENCRYPTED" in key
    ):  # OpenSSL would ask for the passphrase on the terminal, and everything would wait for that
        raise CertificateProblem(
            phrase(
                "the key has a passphrase, which kubectl does not support either. Remove it: {command}",
                command="openssl pkey -in KEY -out NEW-KEY",
            )
        )
    with ExitStack() as files:
        paths = [files.enter_context(_as_file(content)) for content in (certificate, key)]
        try:
            context.load_cert_chain(*paths)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise CertificateProblem(
                    phrase("the key does not match the client certificate. Get a new kubeconfig")
                ) from error
            reason = error.reason or str(error)
            raise CertificateProblem(
                phrase(
                    "the client certificate or its key is damaged ({reason}). Get a new kubeconfig",
                    reason=reason,
                )
            ) from error


@contextmanager
def _as_file(content: str) -> Iterator[str]:
    """A path by which OpenSSL, which takes client certificates from files only, reads it: in memory where that is possible."""
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        descriptor = os.memfd_create("labgate")
        try:
            with os.fdopen(descriptor, "wb", closefd=False) as file:
                file.write(content.encode())
            yield f"/proc/self/fd/{descriptor}"
        finally:
            os.close(descriptor)
        return
    with scratch() as folder:
        write_private(folder / "pem", content)
        yield str(folder / "pem")


def out_of_time(certificate: str) -> Phrase | None:
    """Why the first certificate (PEM) is not valid now; None if it is, or can't be read."""
    from cryptography import x509

    try:
        first = x509.load_pem_x509_certificate(certificate.encode())
    except ValueError:
        return None
    now = datetime.now(UTC)
    if first.not_valid_after_utc < now:
        return phrase("the client certificate expired on {date}", date=_day(first.not_valid_after_utc))
    if first.not_valid_before_utc > now:
        return phrase(
            "the client certificate is not valid before {date}; this machine's clock says {now}",
            date=_day(first.not_valid_before_utc),
            now=_day(now),
        )
    return None


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
