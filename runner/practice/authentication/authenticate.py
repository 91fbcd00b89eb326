"""Authenticates a request: the kubeconfig's token, a ServiceAccount token, a client certificate, or anonymous."""

from __future__ import annotations

import hashlib
import hmac
import ssl
import time
from typing import Any

from aiohttp import web

from runner.practice.authentication.account_tokens import AccountTokens, InvalidToken
from runner.practice.machinery.errors import unauthorized
from runner.practice.machinery.users import ADMIN, ANONYMOUS, AUTHENTICATED, CREDENTIAL, User

CERTIFICATE_ID_SINCE = 32
NO_CHECK_TIME = 0x200000
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME: an expired certificate is answered (401), not hung up on."""


def authenticate(request: web.Request, admin_token: str, tokens: AccountTokens, minor: int) -> User:
    """Raises ApiError (401) for invalid or expired credentials; a request without any is system:anonymous."""
    certificate = request.transport and request.transport.get_extra_info("peercert")
    if certificate:
        return certificate_user(certificate, request, minor)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        return ANONYMOUS
    if hmac.compare_digest(token.encode(), admin_token.encode()):
        return ADMIN
    try:
        return tokens.user(token)[0]
    except InvalidToken:
        raise unauthorized() from None


def take_certificates(context: ssl.SSLContext, authority_certificate: str) -> None:
    """Request a client certificate of the authority, but don't require one."""
    context.load_verify_locations(cadata=authority_certificate)
    context.verify_mode = ssl.CERT_OPTIONAL
    context.verify_flags |= NO_CHECK_TIME


def certificate_user(certificate: dict[str, Any], request: web.Request, minor: int) -> User:
    """The user of a certificate that the TLS layer has verified: its common name, its organizations as groups."""
    if time.time() > ssl.cert_time_to_seconds(certificate["notAfter"]):
        raise unauthorized()
    names = [pair for relative in certificate.get("subject", ()) for pair in relative]
    common = [value for name, value in names if name == "commonName"]
    if not common:
        raise unauthorized()
    groups = tuple(value for name, value in names if name == "organizationName")
    extra: dict[str, tuple[str, ...]] = {}
    if minor >= CERTIFICATE_ID_SINCE and request.transport is not None:
        shown = request.transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        extra = {CREDENTIAL: (f"X509SHA256={hashlib.sha256(shown).hexdigest()}",)}
    return User(common[-1], "", (*groups, AUTHENTICATED), extra)
