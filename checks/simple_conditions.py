"""The conditions of `where:` that can be said in words: one field compared with one value, `spec.type == 'LoadBalancer'`.

Everything else that JMESPath can say has no sentence of its own.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from checks.expressions import NotWorkedOut, value_of
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence, quoted

_PATH = r"[A-Za-z_][\w-]*(?:\[\d{1,3}\])?(?:\.[A-Za-z_][\w-]*(?:\[\d{1,3}\])?)*"
_LITERAL = (
    r"""'(?P<raw>[^'\\`]{1,60})'|`"?(?P<json>-?\d{1,15}(?:\.\d+)?|true|false|[^`"'\[\]{}\\]{1,60})"?`"""
)
_SIMPLE = re.compile(
    rf"""\s*(?:length\((?P<list>{_PATH})\)|\(?(?P<path>{_PATH})(?:\s*\|\|\s*`0`\s*\))?)"""
    rf"""\s*(?P<operator>==|!=|>=|<=|>|<)\s*(?:{_LITERAL})\s*"""
)


_OF_WHAT = frozenset({"host", "key", "name", "number", "value"})


@dataclass(frozen=True, slots=True)
class Condition:
    """`path` as written; `counts`: the number of its items is compared, not the value."""

    path: str
    counts: bool
    operator: str
    value: str

    @classmethod
    def parse(cls, expression: str) -> Condition | None:
        """None if the expression says more than a sentence can."""
        found = _SIMPLE.fullmatch(expression)
        if found is None:
            return None
        value = found["raw"] if found["raw"] is not None else found["json"]
        return cls(found["list"] or found["path"], found["list"] is not None, found["operator"], value)

    @property
    def field(self) -> Phrase:
        """The last part of the path: `type` of spec.type."""
        name = last_of(self.path)
        return phrase("number of {field}", field=name) if self.counts else phrase("{field}", field=name)

    def sentence(self, what: Phrase) -> Sentence:
        """What must be so of the object."""
        values = {"what": what, "field": self.field, "value": self.value}
        match self.operator:
            case "==":
                return Sentence(
                    phrase("{what}: {field} must be {value}", **values),
                    phrase("{what}: {field} is {value}", **values),
                )
            case "!=":
                return Sentence(
                    phrase("{what}: {field} must not be {value}", **values),
                    phrase("{what}: {field} is not {value}", **values),
                )
            case ">=":
                return Sentence(
                    phrase("{what}: {field} must be at least {value}", **values),
                    phrase("{what}: {field} is at least {value}", **values),
                )
            case ">":
                return Sentence(
                    phrase("{what}: {field} must be more than {value}", **values),
                    phrase("{what}: {field} is more than {value}", **values),
                )
            case "<=":
                return Sentence(
                    phrase("{what}: {field} must be at most {value}", **values),
                    phrase("{what}: {field} is at most {value}", **values),
                )
        return Sentence(
            phrase("{what}: {field} must be less than {value}", **values),
            phrase("{what}: {field} is less than {value}", **values),
        )

    def now(self, subject: object) -> Phrase | None:
        """What the field is now; None where that is not one plain value."""
        try:
            value = value_of(f"length({self.path})" if self.counts else self.path, subject)
        except NotWorkedOut:
            return None
        if value is None and self.path.startswith("status.") and self.value.isdecimal():
            value = 0  # which the API server leaves out
        return _of_value(self.field, value)


def field_now(path: str, found: object) -> Phrase | None:
    """What the field at `path` of an object is now, given as JSON or as words; None of what is no plain value."""
    try:
        value = json.loads(found) if isinstance(found, str) else None
    except ValueError:  # shortened
        return None
    return _of_value(phrase("{field}", field=last_of(path)), value)


def last_of(path: str) -> str:
    """`type` of spec.type; with what it is of where that says little: `port.number`."""
    parts = path.split(".")
    return ".".join(parts[-2:] if parts[-1] in _OF_WHAT else parts[-1:])


def _of_value(field: Phrase, value: object) -> Phrase | None:
    """`type is ClusterIP`; None of what is no plain value."""
    if value is None:
        return phrase("{field} is not set", field=field)
    if isinstance(value, bool):
        return phrase("{field} is {value}", field=field, value="true" if value else "false")
    if isinstance(value, int | float):
        return phrase("{field} is {value}", field=field, value=value)
    if isinstance(value, str):
        return phrase("{field} is {value}", field=field, value=quoted(value) if "\n" in value else value)
    return None
