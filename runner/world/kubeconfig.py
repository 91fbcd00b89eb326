"""Reads a kubeconfig file as kubectl does, and validates every part of it.

kubectl (client-go, `tools/clientcmd`) has go-yaml turn the first document into JSON, and reads that into typed structs.
What it takes was compared with kubectl 1.27 to 1.33: tests/world/test_as_kubectl.py does so again.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from runner.words import Phrase, phrase
from runner.world import strangers
from runner.world.strangers import AccessProblem, Trust

PARTS = {"contexts": "context", "clusters": "cluster", "users": "user"}
"""The lists of a kubeconfig, and what each entry has beside its name."""
_TEXTS = {
    "contexts": ("cluster", "user", "namespace"),
    "clusters": (
        *("server", "tls-server-name", "certificate-authority", "certificate-authority-data", "proxy-url"),
    ),
    "users": (
        *("client-certificate", "client-certificate-data", "client-key", "client-key-data", "token"),
        *("tokenFile", "as", "as-uid", "username", "password"),
    ),
}
_FLAGS = ("insecure-skip-tls-verify", "disable-compression")
_BOMS = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"), (b"\xef\xbb\xbf", "utf-8"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A named part of a kubeconfig, and the file it is from: relative paths start there."""

    value: dict[str, Any]
    file: Path


def read(path: Path, trust: Trust) -> dict[str, Any]:
    """The kubeconfig in that file, {} for an empty one. Raises AccessProblem."""
    try:
        document = _document(_text(strangers.content_of(path, trust)), path, trust)
    except (OSError, UnicodeDecodeError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
        raise AccessProblem(
            phrase("The kubeconfig can't be read: {file}: {reason}", file=str(path), reason=reason)
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise AccessProblem(
            phrase("The kubeconfig is not YAML: {file}{place}", file=str(path), place=_place(error))
        ) from error
    if document is None:
        return {}
    if not isinstance(document, dict) or not _is_config(document):
        raise AccessProblem(phrase("This file is not a kubeconfig: {file}", file=str(path)))
    for plural in PARTS:
        _examine(document, plural, path)
    return document


def entries(document: Mapping[str, Any], plural: str, file: Path) -> Iterator[tuple[str, Entry]]:
    """The named entries of one of PARTS, of a document that `read` gave."""
    for entry in document.get(plural) or ():
        value = entry.get(PARTS[plural])
        yield entry.get("name") or "", Entry(value if isinstance(value, dict) else {}, file)


def _text(content: bytes) -> str:
    """Windows PowerShell's `>` writes UTF-16 with a byte order mark, editors UTF-8 with one. Raises UnicodeDecodeError."""
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding)
    return content.decode("utf-8")


def _document(text: str, path: Path, trust: Trust) -> Any:
    """The first document, as go-yaml reads it: what comes after it is not looked at."""
    if text.lstrip().startswith("{"):
        try:
            document = json.loads(text)
        except ValueError:
            pass  # YAML's own braces
        else:
            strangers.measure(_nodes(document), path, trust)
            return document
    strangers.measure(_events(text), path, trust)
    loader = _Loader(text)
    try:
        return loader.get_data() if loader.check_data() else None
    finally:
        loader.dispose()


def _events(text: str) -> Iterator[tuple[int, bool]]:
    """What the first document is built of, as `strangers.measure` takes it."""
    loader = _Loader(text)
    try:
        while loader.check_event():
            event = loader.get_event()
            if isinstance(event, yaml.DocumentEndEvent):
                return
            step = isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            yield step, isinstance(event, yaml.AliasEvent)
    finally:
        loader.dispose()


def _nodes(document: Any) -> Iterator[tuple[int, bool]]:
    """The same of JSON that is built already."""
    yield 1, False
    for part in (
        document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    ):
        yield from _nodes(part)
    yield -1, False


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Plain scalars as go-yaml resolves them: no times of day (12:30 is text), no dates; !!binary gives text."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {
        first: [each for each in resolvers if not each[0].endswith((":timestamp", ":float", ":int"))]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


_NUMBER = "tag:yaml.org,2002:float"
_Loader.add_implicit_resolver(
    _NUMBER,
    re.compile(
        r"[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?$"
        r"|[-+]?0[xob][0-9a-fA-F_]+$|[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$"
    ),
    list("-+0123456789."),
)


def _number(loader: Any, node: Any) -> int | float:
    written = str(loader.construct_scalar(node)).replace("_", "")
    try:
        return int(written, 0)
    except ValueError:
        return float(written.replace(".inf", "inf").replace(".nan", "nan"))


def _binary(loader: Any, node: Any) -> str:
    try:
        return base64.b64decode(str(loader.construct_scalar(node))).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from error


def _as_written(loader: Any, node: Any) -> str:
    return str(loader.construct_scalar(node))


_Loader.add_constructor(_NUMBER, _number)
_Loader.add_constructor("tag:yaml.org,2002:int", _number)
_Loader.add_constructor("tag:yaml.org,2002:binary", _binary)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


def _place(error: BaseException) -> str:
    mark = getattr(error, "problem_mark", None)
    return f":{mark.line + 1}:{mark.column + 1}" if mark is not None else ""


def _is_config(document: Mapping[str, Any]) -> bool:
    return document.get("kind") in (None, "", "Config") and document.get("apiVersion") in (None, "", "v1")


def _examine(document: Mapping[str, Any], plural: str, file: Path) -> None:
    """Raises AccessProblem if kubectl could not take the list for what it should be."""
    listed = document.get(plural)
    if listed is None:
        return
    if not isinstance(listed, list) or not all(isinstance(entry, dict) for entry in listed):
        raise _odd(file, plural, phrase("it must be a list of entries that each have a name"))
    names = set()
    for entry in listed:
        name = entry.get("name")
        if name is not None and not isinstance(name, str):
            raise _odd(file, f"{plural}.name", _MUST_BE_TEXT)
        if name in names:
            raise _odd(
                file, plural, phrase("this name occurs twice: {name}", name=strangers.shown(name or ""))
            )
        names.add(name)
        _examine_entry(entry.get(PARTS[plural]), plural, file)


def _examine_entry(value: object, plural: str, file: Path) -> None:
    singular = PARTS[plural]
    if value is None:
        return
    if not isinstance(value, dict):
        raise _odd(file, singular, phrase("it must be a mapping with fields"))
    for field in _TEXTS[plural]:
        text = value.get(field)
        if text is not None and not isinstance(text, str):
            raise _odd(file, f"{singular}.{field}", _MUST_BE_TEXT)
        if field.endswith("-data") and text:
            _must_be_base64(text, field, file)
    groups = value.get("as-groups") if plural == "users" else None
    if groups is not None and not (
        isinstance(groups, list) and all(isinstance(each, str) for each in groups)
    ):
        raise _odd(file, f"{singular}.as-groups", phrase("it must be a list of strings"))
    for field in _FLAGS if plural == "clusters" else ():
        if value.get(field) is not None and not isinstance(value[field], bool):
            raise _odd(file, f"{singular}.{field}", phrase("it must be true or false, without quotes"))


_MUST_BE_TEXT = phrase("it must be a string: put it in quotes")


def _must_be_base64(text: str, field: str, file: Path) -> None:
    """Line breaks in it do no harm, as in Go."""
    try:
        decoded(text)
    except ValueError as error:
        why = phrase("it is not complete base64. Copy it again, without spaces and up to its end.")
        raise _odd(file, field, why) from error


def decoded(data: str) -> bytes:
    """The decoded base64 of a kubeconfig field. Raises ValueError."""
    return base64.b64decode(re.sub(r"[\r\n]", "", data).encode("ascii"), validate=True)


def _odd(file: Path, field: str, why: Phrase) -> AccessProblem:
    return AccessProblem(
        phrase("The kubeconfig can't be used: {file}: {field}: {why}", file=str(file), field=field, why=why)
    )
