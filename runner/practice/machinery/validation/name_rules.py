"""Names, labels and ports: the formats, with the sentences of k8s.io/apimachinery's util/validation."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Any

from runner.practice.machinery.validation.problems import Problems

_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN = rf"{_LABEL}(\.{_LABEL})*"
_DNS_1035 = "[a-z]([-a-z0-9]*[a-z0-9])?"
_QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_VALUE = f"({_QUALIFIED})?"
_CONFIG_KEY = "[-._a-zA-Z0-9]+"
_ENVIRONMENT = "[-._a-zA-Z][-._a-zA-Z0-9]*"
_PORT_NAME = "[-a-z0-9]+"
_WILDCARD = rf"\*\.{_SUBDOMAIN}"


def _must(words: str, pattern: str, *examples: str) -> str:
    message = " or ".join(f"'{example}', " for example in examples)[:-2]
    return f"{words} (e.g. {message}, regex used for validation is '{pattern}')"


LABEL_WORDS = _must(
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character",
    _LABEL,
    "my-name",
    "123-abc",
)
SUBDOMAIN_WORDS = _must(
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
    "and must start and end with an alphanumeric character",
    _SUBDOMAIN,
    "example.com",
)
DNS_1035_WORDS = _must(
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', "
    "start with an alphabetic character, and end with an alphanumeric character",
    _DNS_1035,
    "my-name",
    "abc-123",
)
_PART = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
QUALIFIED_WORDS = _must(_PART, _QUALIFIED, "MyName", "my.name", "123-abc")
VALUE_WORDS = _must(
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character",
    _VALUE,
    "MyValue",
    "my_value",
    "12345",
)
CONFIG_KEY_WORDS = _must(
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
    _CONFIG_KEY,
    "key.name",
    "KEY_NAME",
    "key-name",
)
ENVIRONMENT_WORDS = _must(
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', "
    "and must not start with a digit",
    _ENVIRONMENT,
    "my.env-name",
    "MY_ENV.NAME",
    "MyEnvName1",
)


WILDCARD_WORDS = _must(
    "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist "
    "of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
    _WILDCARD,
    "*.example.com",
)
PORT_RANGE = "must be between 1 and 65535, inclusive"


def _format(value: str, pattern: str, words: str, longest: int, unit: str = "characters") -> list[str]:
    message = [f"must be no more than {longest} {unit}"] if len(value) > longest else []
    return message if re.fullmatch(pattern, value) else [*message, words]


def label(value: str) -> list[str]:
    """What is wrong with a DNS-1123 label; nothing where it is one."""
    return _format(value, _LABEL, LABEL_WORDS, 63)


def subdomain(value: str) -> list[str]:
    return _format(value, _SUBDOMAIN, SUBDOMAIN_WORDS, 253)


def dns_1035(value: str) -> list[str]:
    return _format(value, _DNS_1035, DNS_1035_WORDS, 63)


def wildcard(value: str) -> list[str]:
    return _format(value, _WILDCARD, WILDCARD_WORDS, 253)


def path_segment(value: str) -> list[str]:
    """Names of RBAC objects: anything that fits into a URL's path."""
    if value in (".", ".."):
        return [f"may not be '{value}'"]
    return [f"may not contain '{mark}'" for mark in "/%" if mark in value]


def config_key(value: str) -> list[str]:
    found = _format(value, _CONFIG_KEY, CONFIG_KEY_WORDS, 253)
    if value in (".", ".."):
        found.append(f"must not be '{value}'")
    return found


def environment_name(value: str) -> list[str]:
    return [] if re.fullmatch(_ENVIRONMENT, value) else [ENVIRONMENT_WORDS]


def port_name(value: str) -> list[str]:
    """An IANA service name."""
    rules = (
        (len(value) > 15, "must be no more than 15 characters"),
        (
            not re.fullmatch(_PORT_NAME, value),
            "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
        ),
        (not re.search("[a-z]", value), "must contain at least one letter or number (a-z, 0-9)"),
        ("--" in value, "must not contain consecutive hyphens"),
        (value[:1] == "-" or value[-1:] == "-", "must not begin or end with a hyphen"),
    )
    return [words for broken, words in rules if broken]


def qualified(value: str) -> list[str]:
    """The key of a label or an annotation: `name` or `prefix/name`."""
    parts = value.split("/")
    found: list[str] = []
    if len(parts) == 2:
        if not parts[0]:
            found.append("prefix part must be non-empty")
        else:
            found += [f"prefix part {words}" for words in subdomain(parts[0])]
    elif len(parts) > 2:
        return [
            f"a qualified name {QUALIFIED_WORDS} "
            "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        ]
    name = parts[-1]
    if not name:
        found.append("name part must be non-empty")
    elif len(name) > 63:
        found.append("name part must be no more than 63 characters")
    return found if re.fullmatch(_QUALIFIED, name) else [*found, f"name part {QUALIFIED_WORDS}"]


def label_value(value: str) -> list[str]:
    return _format(value, _VALUE, VALUE_WORDS, 63)


IP_WORDS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def is_ip(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def check(problems: Problems, field: str, value: Any, words: Sequence[str]) -> None:
    """Report each of the format's messages in `words` for `value`."""
    for one in words:
        problems.invalid(field, value, one)


def labels(problems: Problems, field: str, found: Mapping[str, Any] | None) -> None:
    for key in sorted(found or ()):
        check(problems, field, key, qualified(key))
        value = str((found or {})[key])
        check(problems, field, value, label_value(value))


def annotation_keys(problems: Problems, field: str, found: Mapping[str, Any] | None) -> None:
    for key in sorted(found or ()):
        check(problems, field, key, qualified(key.lower()))


def port(problems: Problems, field: str, value: Any) -> None:
    if not isinstance(value, int) or not 1 <= value <= 65535:
        problems.invalid(field, value, PORT_RANGE)


def port_or_name(problems: Problems, field: str, value: Any) -> None:
    if isinstance(value, str):
        check(problems, field, value, port_name(value))
    else:
        port(problems, field, value)
