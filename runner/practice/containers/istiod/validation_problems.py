"""What istiod finds wrong in configuration, and the small rules that all kinds share (istio 1.11.3, pkg/config/validation)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

_LABEL = re.compile(r"[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?")
_WILDCARD_LABEL = re.compile(r"\*|(?:\*|[a-zA-Z0-9])(?:[-a-zA-Z0-9_]*[a-zA-Z0-9])?")
_DURATION = re.compile(
    r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?"
)
_HEADER = re.compile(r"[-!#$%&'*+.^_`|~0-9a-zA-Z]+")
_REGEX_WORDS = (
    ("missing )", "missing closing )"),
    ("missing ]", "missing closing ]"),
    ("no argument for repetition operator", "missing argument to repetition operator"),
    ("invalid perl operator", "invalid or unsupported Perl syntax"),
    ("bad repetition operator", "invalid nested repetition operator"),
)
"""What RE2 of C++ says, and that of Go."""


@dataclass(slots=True)
class Problems:
    """Errors refuse an object, warnings are passed on."""

    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, *errors: str | None) -> None:
        self.errors += [error for error in errors if error]

    def warn(self, *warnings: str) -> None:
        self.warnings += warnings

    @property
    def words(self) -> str:
        """All errors as Go's multierror writes them; one stands alone."""
        if len(self.errors) == 1:
            return self.errors[0]
        lines = "".join(f"\t* {error}\n" for error in self.errors)
        return f"{len(self.errors)} errors occurred:\n{lines}\n" if self.errors else ""


def items(found: Any) -> list[Json]:
    """The objects of a list, whatever it is."""
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def mapping(found: Any) -> Json:
    return found if isinstance(found, dict) else {}


def seconds(text: Any) -> float | None:
    """A duration; None where it is none."""
    if not isinstance(text, str) or not text:
        return None
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    hours, minutes, secs, millis = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + secs + millis / 1000


def duration(text: Any) -> str | None:
    """Why it is none that Istio takes."""
    if text is None:
        return None
    found = seconds(text)
    if found is None:
        return f'bad Duration: time: invalid duration "{text}"'
    if found < 0.001:
        return "duration must be greater than 1ms"
    if abs(found * 1000 - round(found * 1000)) > 1e-9:
        return "only durations to ms precision are supported"
    return None


def port(number: Any) -> str | None:
    if isinstance(number, int) and 1 <= number <= 65535:
        return None
    return f"port number {number} must be in the range 1..65535"


def is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def cidr_or_ip(text: str) -> str | None:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f"{text} is not a valid IP or CIDR" if "/" not in text else f"{text} is not a valid CIDR block"
    return None


def fqdn(name: str) -> str | None:
    return _checked_domain(name, _LABEL)


def wildcard_domain(name: str) -> str | None:
    return _checked_domain(name, _WILDCARD_LABEL)


def _checked_domain(name: str, first: re.Pattern[str]) -> str | None:
    if not name:
        return "empty domain name not allowed"
    if len(name) > 255:
        return f'domain name "{name}" too long (max 255)'
    parts = name.split(".")
    for number, part in enumerate(parts):
        last_empty = number == len(parts) - 1 and part == "" and len(parts) > 1
        pattern = first if number == 0 else _LABEL
        if not last_empty and not (pattern.fullmatch(part) and len(part) <= 63):
            return f'domain name "{name}" invalid (label "{part}" invalid)'
    return None


def subset_name(name: Any) -> str | None:
    if not name:
        return "subset name cannot be empty"
    if not isinstance(name, str) or not _LABEL.fullmatch(name) or len(name) > 63:
        return f"subset name is invalid: {name}"
    return None


def labels(found: Mapping[str, Any] | None) -> str | None:
    """The first label that Kubernetes would not take."""
    for key, value in (found or {}).items():
        if not re.fullmatch(
            r"([a-z0-9A-Z]([-a-z0-9A-Z_.]*[a-z0-9A-Z])?/)?[a-z0-9A-Z]([-a-z0-9A-Z_.]*[a-z0-9A-Z])?", key
        ):
            return f'invalid tag key: "{key}"'
        if not re.fullmatch(r"([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?", str(value)):
            return f'invalid tag value: "{value}"'
    return None


def header_name(name: str) -> str | None:
    if not name:
        return "header name cannot be empty"
    return (
        None
        if _HEADER.fullmatch(name) or name.startswith(":")
        else f"header name {name} is not a valid header name"
    )


def regex(text: Any, where: str) -> str | None:
    """Why RE2 can't read it, in the words of Go."""
    import re2

    if not isinstance(text, str) or not text:
        return None
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(text, options)
    except re2.error as error:
        why = str(
            error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else error.args[0]
        )
        for theirs, gos in _REGEX_WORDS:
            why = why.replace(theirs, gos, 1) if why.startswith(theirs) else why
        what, _, part = why.partition(": ")
        return (
            f'"{where}": error parsing regexp: {what}: `{part or text}`; Istio uses RE2 style regex-based match'
            " (https://github.com/google/re2/wiki/Syntax)"
        )
    return None


def workload_selector(found: Mapping[str, Any], field_name: str) -> list[str]:
    """Of a selector's labels."""
    wrong = []
    for key, value in mapping(found.get(field_name)).items():
        if not key:
            wrong.append(f'empty key is not supported in selector: "{key}={value}"')
        if "*" in key or "*" in str(value):
            wrong.append(f'wildcard is not supported in selector: "{key}={value}"')
    return wrong
