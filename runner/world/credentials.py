"""Credentials for the API server: tokens, passwords, certificates, and credential plugins."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checks.base import CannotRead
from runner.words import Phrase, phrase
from runner.world.certificates import blocks, out_of_time
from runner.world.kubeconfig import decoded
from runner.world.kubeconfig_access import Access
from runner.world.plugins import run_plugin

_UNSEEN = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""Characters that a header must not contain."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """The credentials sent with each request. `certificate` and `key` are PEM; `expires` is None if there is no known
    expiry."""

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    certificate: str = ""
    key: str = field(default="", repr=False)
    expires: datetime | None = None

    def expired(self) -> bool:
        return self.expires is not None and self.expires <= datetime.now(UTC)


async def credentials(access: Access) -> Credentials:
    """The access's credentials, read again: the token file is read, the plugin is run.

    Raises CannotRead (unauthorized) if they can't be had.
    """
    user = access.user
    _can_be_used(access)
    headers = _acting_as(user)
    certificate, key = _pem(user, "client-certificate-data"), _pem(user, "client-key-data")
    expires = None
    if isinstance(user.get("exec"), dict):
        status = await run_plugin(user["exec"], access)
        headers += _bearer(status.get("token"))
        certificate = str(status.get("clientCertificateData") or certificate)
        key = str(status.get("clientKeyData") or key)
        expires = _still_to_come(_time(status.get("expirationTimestamp")))
    elif user.get("tokenFile"):
        headers += _bearer(_token_file(Path(str(user["tokenFile"])), user.get("token")))
    elif user.get("token"):
        headers += _bearer(user["token"])
    elif user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}".encode()
        headers.append(("Authorization", f"Basic {base64.b64encode(pair).decode('ascii')}"))
    return Credentials(tuple(headers), certificate, key, expires)


def why_refused(used: Credentials) -> Phrase | None:
    """What is visibly wrong with refused credentials; None if nothing is."""
    if used.certificate and (why := out_of_time(used.certificate)):
        return why
    for name, value in used.headers:
        expired = _expiry(value) if name == "Authorization" else None
        if expired is not None and expired <= datetime.now(UTC):
            return phrase("the token expired on {date}", date=f"{expired:%Y-%m-%d %H:%M} UTC")
    return None


def _expiry(bearer: str) -> datetime | None:
    """When a token that is a JWT ends (RFC 7519, `exp`)."""
    parts = bearer.removeprefix("Bearer ").split(".")
    if len(parts) != 3:
        return None
    try:
        text = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        return datetime.fromtimestamp(float(text["exp"]), UTC)
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        return None


def _can_be_used(access: Access) -> None:
    """What kubectl refuses before it connects (client-go, clientcmd: validateAuthInfo). Raises CannotRead."""
    user = access.user
    if "auth-provider" in user:
        raise _refused(
            phrase(
                "Context {context} signs in with an auth-provider, which kubectl 1.26 and later "
                "don't support either. Create a new kubeconfig with your provider's tool.",
                context=access.context,
            )
        )
    if user.get("token") and (user.get("username") or user.get("password")):
        why = phrase("it has a token and a user name. Remove one of the two; kubectl does not accept both")
    elif any(_UNSEEN.search(str(user.get(name) or "")) for name in ("token", "as", "as-uid")):
        why = phrase("its token or name contains a line break or another invisible character. Copy it again")
    elif user.get("client-certificate-data") and not user.get("client-key-data"):
        why = phrase("it has a client certificate without its key (client-key-data)")
    elif not user.get("as") and any(user.get(name) for name in ("as-uid", "as-groups", "as-user-extra")):
        why = phrase("it impersonates a group without impersonating a user (as)")
    else:
        return
    raise _refused(
        phrase(
            "The user of context {context} in the kubeconfig can't be used: {why}.",
            context=access.context,
            why=why,
        )
    )


def _refused(message: Any) -> CannotRead:
    return CannotRead("unauthorized", message)


def _bearer(token: object) -> list[tuple[str, str]]:
    return [("Authorization", f"Bearer {str(token).strip()}")] if token else []


def _acting_as(user: Mapping[str, Any]) -> list[tuple[str, str]]:
    if not user.get("as"):
        return []
    uid = [("Impersonate-Uid", str(user["as-uid"]))] if user.get("as-uid") else []
    groups = [("Impersonate-Group", str(group)) for group in user.get("as-groups") or []]
    extra = user.get("as-user-extra")
    more = [
        (f"Impersonate-Extra-{quote(str(name), safe='')}", str(value))
        for name, values in (extra.items() if isinstance(extra, dict) else ())
        for value in values or ()
    ]
    return [("Impersonate-User", str(user["as"])), *uid, *groups, *more]


def _pem(user: Mapping[str, Any], name: str) -> str:
    data = str(user.get(name) or "")
    try:
        content = decoded(data)
    except ValueError as error:
        raise _refused(phrase("The kubeconfig's {field} can't be decoded.", field=name)) from error
    return blocks(content) or content.decode("ascii", "replace")


def _token_file(path: Path, instead: object) -> str:
    """What is in it now; where it can't be read the kubeconfig's own token, if it has one. Raises CannotRead."""
    try:
        token = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        if instead:
            return str(instead)
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _refused(
            phrase("The token file can't be read: {file}: {reason}", file=str(path), reason=reason)
        ) from error
    if not token and not instead:
        raise _refused(phrase("The token file is empty: {file}. Sign in again.", file=str(path)))
    return token or str(instead)


def _time(value: object) -> datetime | None:
    try:
        text = datetime.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
    return text.replace(tzinfo=UTC) if text is not None and text.tzinfo is None else text


def _still_to_come(expires: datetime | None) -> datetime | None:
    """A new token that has already expired points to a wrong clock; the API server refuses it if it really has."""
    return None if expires is not None and expires <= datetime.now(UTC) else expires
