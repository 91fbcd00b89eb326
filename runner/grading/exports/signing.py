"""Signatures of exports: Ed25519, as a detached JSON Web Signature (RFC 7515, appendix F; EdDSA: RFC 8037).

What is signed is the document without its `signature`, in the one spelling of RFC 8785 (keys sorted, no spaces). The key
is made once and stays in the learner's data folder. So a signature says that a document is as this installation wrote it,
and that two documents come from the same one. It does not say that the work was done: who has the key can sign anything.
Whoever gives a grade runs `labgate grade`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from runner.paths import data_folder, write_private

KEY = "signing-key.pem"


class NotSigned(ValueError):
    """There is no signature, or the document is not as it was signed."""


def signed(document: Mapping[str, object]) -> dict[str, object]:
    """The document with a `signature` by this installation's key. Raises OSError where the key can't be kept."""
    key = _key()
    header = {
        "alg": "EdDSA",
        "jwk": {"crv": "Ed25519", "kty": "OKP", "x": _text(key.public_key().public_bytes_raw())},
    }
    protected = _text(_spelled(header))
    signature = key.sign(_input(protected, document))
    return {**document, "signature": {"protected": protected, "signature": _text(signature)}}


def signer(document: Mapping[str, object]) -> str:
    """Who signed it: the thumbprint (RFC 7638) of the key. Raises NotSigned."""
    try:
        parts = document["signature"]
        unsigned = {name: value for name, value in document.items() if name != "signature"}
        protected = str(parts["protected"])  # type: ignore[index]
        header = json.loads(_bytes(protected))
        if header["alg"] != "EdDSA" or header["jwk"]["crv"] != "Ed25519":
            raise NotSigned("another algorithm")
        key = Ed25519PublicKey.from_public_bytes(_bytes(header["jwk"]["x"]))
        key.verify(_bytes(parts["signature"]), _input(protected, unsigned))  # type: ignore[index]
    except (KeyError, TypeError, ValueError, binascii.Error, InvalidSignature) as error:
        raise NotSigned(str(error) or type(error).__name__) from error
    public = {name: header["jwk"][name] for name in ("crv", "kty", "x")}
    return _text(hashlib.sha256(_spelled(public)).digest())


def _input(protected: str, document: Mapping[str, object]) -> bytes:
    return f"{protected}.{_text(_spelled(document))}".encode()


def _spelled(data: object) -> bytes:
    """RFC 8785, of texts, whole numbers, lists and objects whose names are ASCII."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _key() -> Ed25519PrivateKey:
    path: Path = data_folder() / KEY
    try:
        key = load_pem_private_key(path.read_bytes(), None)
        if isinstance(key, Ed25519PrivateKey):
            return key
    except (FileNotFoundError, ValueError):
        pass
    made = Ed25519PrivateKey.generate()
    write_private(path, made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
