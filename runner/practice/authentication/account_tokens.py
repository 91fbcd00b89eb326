"""Tokens of ServiceAccounts: made, and read again. JWTs, as kube-apiserver issues them.

Two kinds: those of a TokenRequest (they expire, and may be bound to a pod or a Secret), and those that a Secret of type
kubernetes.io/service-account-token holds for good. From "Service account tokens" of kubernetes.io.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.authentication.authority import Authority
from runner.practice.machinery.store import Key, Store
from runner.practice.machinery.users import AUTHENTICATED, CREDENTIAL, User, account_groups, account_name

Object = dict[str, Any]
Claims = Mapping[str, Any]

ISSUER = "https://kubernetes.default.svc.cluster.local"
SECRET_ISSUER = "kubernetes/serviceaccount"  # noqa: S105 - a name, not a password
SECRET_TYPE = "kubernetes.io/service-account-token"  # noqa: S105
ACCOUNT, ACCOUNT_UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
CLAIM = "kubernetes.io/serviceaccount/"
BOUND = {"pod": "pods", "secret": "secrets", "node": "nodes"}
EXTRA = "authentication.kubernetes.io/"
TOKEN_ID_SINCE = 30
"""The minor whose tokens have an id, which `kubectl auth whoami` shows."""
REMEMBERED = 200


class InvalidToken(Exception):
    """It is no token of this cluster, or no longer one; the words are those of a TokenReview."""


class AccountTokens:
    """Of one cluster."""

    def __init__(self, store: Store, authority: Authority, minor: int) -> None:
        self._store, self._authority, self._minor = store, authority, minor
        self._signed: dict[str, Claims] = {}  # tokens whose signature was looked at already

    def issue(self, account: Object, audiences: Sequence[str], seconds: int, bound: Object | None) -> str:
        """A token of `account` for `seconds`. `bound` is the pod or Secret with which it ends."""
        meta, now = account["metadata"], int(time.time())
        about: Object = {"namespace": meta["namespace"]}
        if bound is not None:
            about[bound["kind"].lower()] = {
                "name": bound["metadata"]["name"],
                "uid": bound["metadata"]["uid"],
            }
        about["serviceaccount"] = {"name": meta["name"], "uid": meta["uid"]}
        claims: Object = {"aud": list(audiences), "exp": now + seconds, "iat": now, "iss": ISSUER}
        if self._minor >= TOKEN_ID_SINCE:
            claims["jti"] = str(uuid.uuid4())
        claims |= {
            "kubernetes.io": about,
            "nbf": now,
            "sub": account_name(meta["namespace"], meta["name"]),
        }
        return self._sign(claims)

    def of_secret(self, account: Object, secret: str) -> str:
        """The token that the Secret of that name holds."""
        meta = account["metadata"]
        return self._sign(
            {
                "iss": SECRET_ISSUER,
                f"{CLAIM}namespace": meta["namespace"],
                f"{CLAIM}secret.name": secret,
                f"{CLAIM}service-account.name": meta["name"],
                f"{CLAIM}service-account.uid": meta["uid"],
                "sub": account_name(meta["namespace"], meta["name"]),
            }
        )

    def user(self, token: str, audiences: Sequence[str] = (ISSUER,)) -> tuple[User, list[str]]:
        """Whose token it is, and for which of `audiences`. Raises InvalidToken."""
        claims = self._verified(token)
        if claims.get("iss") == SECRET_ISSUER:
            return self._of_secret(claims, token), list(audiences)
        if claims.get("iss") != ISSUER:
            raise InvalidToken("invalid bearer token")
        meant = [audience for audience in audiences if audience in claims.get("aud", ())]
        if not meant:
            raise InvalidToken(
                f"[invalid bearer token, token audiences {_quoted(claims.get('aud', ()))} is invalid for the target"
                f" audiences {_quoted(audiences)}]"
            )
        now = time.time()
        if now > claims["exp"] or now < claims["nbf"]:
            raise InvalidToken("[invalid bearer token, service account token has expired]")
        return self._bound(claims), meant

    def keys(self) -> Object:
        """The public key, as /openid/v1/jwks shows it."""
        numbers = self._authority.tokens_key.public_key().public_numbers()
        shown = {"x": numbers.x, "y": numbers.y}
        key = {name: _base64(value.to_bytes(32, "big")) for name, value in shown.items()}
        return {
            "keys": [
                {"use": "sig", "kty": "EC", "kid": self._key_id(), "crv": "P-256", "alg": "ES256", **key}
            ]
        }

    def _bound(self, claims: Claims) -> User:
        about = claims["kubernetes.io"]
        namespace, account = about["namespace"], about["serviceaccount"]
        self._there("serviceaccounts", namespace, account)
        extra = {CREDENTIAL: (f"JTI={claims['jti']}",)} if "jti" in claims else {}
        for kind, resource in BOUND.items():
            if kind in about:
                self._there(resource, "" if kind == "node" else namespace, about[kind])
            if kind in about and kind != "secret":
                extra[f"{EXTRA}{kind}-name"] = (about[kind]["name"],)
                extra[f"{EXTRA}{kind}-uid"] = (about[kind]["uid"],)
        return _user(namespace, account["name"], account["uid"], dict(sorted(extra.items())))

    def _of_secret(self, claims: Claims, token: str) -> User:
        namespace, name = claims[f"{CLAIM}namespace"], claims[f"{CLAIM}service-account.name"]
        secret = self._store.get(Key("secrets", namespace, claims[f"{CLAIM}secret.name"]))
        if secret is None or "deletionTimestamp" in secret["metadata"]:
            raise InvalidToken("[invalid bearer token, Token has been invalidated]")
        if base64.b64decode((secret.get("data") or {}).get("token", "")) != token.encode():
            raise InvalidToken("[invalid bearer token, Token does not match server's copy]")
        account = {"name": name, "uid": claims[f"{CLAIM}service-account.uid"]}
        self._there("serviceaccounts", namespace, account)
        return _user(namespace, name, account["uid"], {})

    def _there(self, resource: str, namespace: str, wanted: Claims) -> None:
        found = self._store.get(Key(resource, namespace, wanted["name"]))
        if found is None or found["metadata"]["uid"] != wanted["uid"]:
            raise InvalidToken("[invalid bearer token, Token has been invalidated]")

    def _verified(self, token: str) -> Claims:
        if token in self._signed:
            return self._signed[token]
        parts = token.split(".")
        try:
            claims = json.loads(_decoded(parts[1]))
            signature = _decoded(parts[2])
        except (ValueError, IndexError):
            raise InvalidToken("invalid bearer token") from None
        if len(parts) != 3 or not isinstance(claims, dict) or len(signature) != 64:
            raise InvalidToken("invalid bearer token")
        self._check(f"{parts[0]}.{parts[1]}".encode(), signature)
        if len(self._signed) >= REMEMBERED:
            self._signed.clear()
        self._signed[token] = claims
        return claims

    def _check(self, content: bytes, signature: bytes) -> None:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

        halves = (int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big"))
        try:
            public = self._authority.tokens_key.public_key()
            public.verify(encode_dss_signature(*halves), content, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            raise InvalidToken("invalid bearer token") from None

    def _sign(self, claims: Claims) -> str:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

        header = {"alg": "ES256", "kid": self._key_id()}
        content = ".".join(
            _base64(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)
        )
        signed = self._authority.tokens_key.sign(content.encode(), ec.ECDSA(hashes.SHA256()))
        signature = b"".join(half.to_bytes(32, "big") for half in decode_dss_signature(signed))
        return f"{content}.{_base64(signature)}"

    def _key_id(self) -> str:
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self._authority.tokens_key.public_key()
        return _base64(
            hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
        )


def discovery_of(keys: str) -> Object:
    """/.well-known/openid-configuration, by which others check tokens; `keys` is the address of the public keys."""
    return {
        "issuer": ISSUER,
        "jwks_uri": keys,
        "response_types_supported": ["id_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
    }


def _user(namespace: str, name: str, uid: str, extra: Mapping[str, tuple[str, ...]]) -> User:
    groups = (*account_groups(namespace), AUTHENTICATED)
    return User(account_name(namespace, name), uid, groups, extra)


def _quoted(values: Sequence[str]) -> str:
    return "[" + " ".join(f'"{value}"' for value in values) + "]"


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
