"""Whom curl trusts: --cacert, --capath, CURL_CA_BUNDLE, SSL_CERT_FILE, or the image's own bundle; and its words for it."""

from __future__ import annotations

from collections.abc import Mapping

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.network_messages import Destination
from runner.practice.containers.network_programs.curl_options import CurlError, Settings
from runner.practice.containers.network_programs.tls_trust import (
    BUNDLE,
    NotTrusted,
    WrongHost,
    check,
    describe,
    has_certificates,
    trusted_files,
)

DETAILS = """
More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it. To learn more about this situation and
how to fix it, please visit the web page mentioned above."""


def verified(
    wanted: Settings, files: ContainerFiles, env: Mapping[str, str], host: str, found: Destination
) -> tuple[int, str]:
    """(OpenSSL's number for what --insecure lets pass or 0, the lines of -v). Raises CurlError."""
    name = wanted.values.get("cacert") or env.get("CURL_CA_BUNDLE") or env.get("SSL_CERT_FILE", "")
    folder = wanted.values.get("capath", "")
    authorities = b"" if wanted.on("insecure") and not name else _authorities(files, name, folder)
    number, result = 0, "SSL certificate verify ok."
    try:
        check(found.listener, host, authorities)
    except NotTrusted as error:
        number, result = (
            error.number,
            f"SSL certificate verify result: {error} ({error.number}), continuing anyway.",
        )
        if not wanted.on("insecure"):
            raise CurlError(60, f"SSL certificate problem: {error}{DETAILS}") from None
    except WrongHost:
        if not wanted.on("insecure"):
            raise CurlError(60, f"SSL: no alternative certificate subject name matches target host name '{host}'"
                            + DETAILS) from None  # fmt: skip
    lines = [] if wanted.on("insecure") else [f" CAfile: {name or BUNDLE}", f" CApath: {folder or 'none'}"]
    lines.append("SSL connection using TLSv1.3 / TLS_AES_256_GCM_SHA384")
    if described := describe(found.listener):
        lines += ["Server certificate:", *(f" {each}" for each in described)]
    return number, "".join(f"* {each}\n" for each in [*lines, f" {result}", "using HTTP/1.x"])


def _authorities(files: ContainerFiles, name: str, folder: str) -> bytes:
    """Raises CurlError."""
    try:
        found = trusted_files(files, name, folder)
    except OSError:
        found = b""
    if name and not has_certificates(found):
        raise CurlError(77, f"error setting certificate file: {name}")
    return found
