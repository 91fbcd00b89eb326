"""Events as JSON lines and back."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from typing import Any

from checks.base import Finding, ObjectRef, Outcome, Verdict
from checks.phrase import Phrase
from runner.session import events
from runner.session.events import CommandFinished, Event
from runner.shell import CommandEnd

_EVENTS: dict[str, type[Event]] = {
    name: value
    for name, value in vars(events).items()
    if isinstance(value, type) and issubclass(value, Event) and value is not Event
}
_PARTS: dict[str, type[Any]] = {
    "phrase": Phrase,
    "outcome": Outcome,
    "finding": Finding,
    "object": ObjectRef,
    "end": CommandEnd,
}
_END = tuple(field.name for field in dataclasses.fields(CommandEnd))
"""In the record an end's fields stand beside those of its event."""


def encode(event: Event, at: str) -> str:
    """One line of JSON (no newline): when, which event, and its fields."""
    fields = {field.name: _plain(getattr(event, field.name)) for field in dataclasses.fields(event)}
    if isinstance(event, CommandFinished):
        fields |= dataclasses.asdict(event.end)
        del fields["end"]
    return json.dumps({"at": at, "event": type(event).__name__, **fields}, ensure_ascii=False)


def decode(line: str) -> Event | None:
    """The event of a line, or None if this version doesn't know it. Raises ValueError if the line is damaged."""
    return read(line)[0]


def read(line: str) -> tuple[Event | None, datetime | None]:
    """The event of a line as `decode` gives it, and when it was. Raises ValueError if the line is damaged."""
    try:
        fields = json.loads(line)
        kind = _EVENTS.get(fields.pop("event"))
        at = _moment(fields.pop("at", None))
        if kind is None:
            return None, at
        if kind is CommandFinished:
            fields["end"] = {"end": {name: fields.pop(name) for name in _END if name in fields}}
        return kind(**{name: _whole(value) for name, value in fields.items()}), at
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an event: {error}") from error


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _plain(value: object) -> object:
    for tag, kind in _PARTS.items():
        if isinstance(value, kind):
            fields = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
            if fields.get("plural") == "":
                del fields["plural"]  # of phrases that count nothing
            return {tag: fields}
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(part) for part in value]
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    return str(value)


def _whole(value: object) -> Any:
    if isinstance(value, list):
        return tuple(_whole(part) for part in value)
    if isinstance(value, dict):
        if len(value) == 1:
            ((tag, fields),) = value.items()
            if tag in _PARTS and isinstance(fields, dict):
                parts = {name: _whole(part) for name, part in fields.items()}
                if tag == "finding" and "rule" not in parts:  # of a version that had no names for rules
                    parts = {"rule": "", **{name: parts[name] for name in ("cause", "remedy", "evidence")}}
                if tag == "outcome":
                    parts["verdict"] = Verdict(parts["verdict"])
                return _PARTS[tag](**parts)
        return {key: _whole(part) for key, part in value.items()}
    return value
