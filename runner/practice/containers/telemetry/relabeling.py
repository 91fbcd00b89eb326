"""relabel_configs: how the labels of a target become those of its samples (prometheus model/relabel)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ACTIONS = frozenset(
    {
        "replace",
        "keep",
        "drop",
        "labelmap",
        "labeldrop",
        "labelkeep",
        "hashmod",
        "lowercase",
        "uppercase",
        "keepequal",
        "dropequal",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry."""

    source_labels: Sequence[str]
    separator: str
    regex: Any
    target_label: str
    replacement: str
    action: str
    modulus: int

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Rule:
        """Raises ValueError in Prometheus' words."""
        action = str(plain.get("action", "replace")).lower()
        if action not in ACTIONS:
            raise ValueError(f'unknown relabel action "{action}"')
        pattern = plain.get("regex", "(.*)")
        pattern = str(pattern).lower() if isinstance(pattern, bool) else str(pattern)
        import re2

        try:
            compiled = re2.compile(f"(?s:{pattern})")
        except re2.error as error:
            raise ValueError(f"error parsing regexp: {error}: `{pattern}`") from None
        return cls(
            [str(each) for each in plain.get("source_labels") or ()],
            str(plain.get("separator", ";")),
            compiled,
            str(plain.get("target_label", "")),
            str(plain.get("replacement", "$1")),
            action,
            int(plain.get("modulus", 0) or 0),
        )


def relabel(labels: Mapping[str, str], rules: Sequence[Rule]) -> dict[str, str] | None:
    """The labels after all rules; None where one drops the target."""
    result: dict[str, str] | None = dict(labels)
    for rule in rules:
        if result is None:
            return None
        result = _apply(result, rule)
    return result


def _apply(labels: dict[str, str], rule: Rule) -> dict[str, str] | None:
    value = rule.separator.join(labels.get(name, "") for name in rule.source_labels)
    found = rule.regex.fullmatch(value)
    match rule.action:
        case "keep":
            return labels if found else None
        case "drop":
            return None if found else labels
        case "keepequal" | "dropequal":
            equal = labels.get(rule.target_label, "") == value
            return labels if equal == (rule.action == "keepequal") else None
        case "labeldrop" | "labelkeep":
            keeps = rule.action == "labelkeep"
            return {name: text for name, text in labels.items() if bool(rule.regex.fullmatch(name)) == keeps}
        case "labelmap":
            mapped = {
                _expanded(rule.replacement, matched): text
                for name, text in labels.items()
                if (matched := rule.regex.fullmatch(name))
            }
            return {**labels, **mapped}
        case "replace" if found:
            return _set(labels, _expanded(rule.target_label, found), _expanded(rule.replacement, found))
        case "lowercase" | "uppercase":
            changed = value.lower() if rule.action == "lowercase" else value.upper()
            return _set(labels, rule.target_label, changed)
        case "hashmod" if rule.modulus:
            digest = hashlib.md5(value.encode(), usedforsecurity=False).digest()
            return _set(labels, rule.target_label, str(int.from_bytes(digest[8:], "big") % rule.modulus))
    return labels


def _set(labels: dict[str, str], name: str, value: str) -> dict[str, str]:
    """An empty value takes the label away."""
    if not name:
        return labels
    if value:
        return {**labels, name: value}
    return {key: text for key, text in labels.items() if key != name}


def _expanded(template: str, found: Any) -> str:
    """With $1, ${1} and ${name} filled in."""

    def group(reference: re.Match[str]) -> str:
        name = reference[1] or reference[2]
        try:
            return found[int(name) if name.isdigit() else name] or ""
        except IndexError:
            return ""

    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", group, template)
