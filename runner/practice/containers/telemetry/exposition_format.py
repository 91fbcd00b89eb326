"""Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/): reading and writing."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner.practice.containers.telemetry.label_pairs import NAME, Labels, labels_of

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SAMPLE = re.compile(r"([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$")
_LABEL = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*,?')
_ESCAPES = {"n": "\n", '"': '"', "\\": "\\"}
_SPECIAL = {"+Inf": math.inf, "Inf": math.inf, "-Inf": -math.inf, "NaN": math.nan}


@dataclass(frozen=True, slots=True)
class Metadata:
    """What is said of a metric; `kind` is counter, gauge, histogram, summary or untyped."""

    kind: str = "unknown"
    help: str = ""
    unit: str = ""


class InvalidFormat(ValueError):
    """A line that is no sample; the message is what a target's page shows."""


def read_samples(text: str) -> tuple[list[tuple[Labels, float]], dict[str, Metadata]]:
    """The samples, with their names among the labels, and what is said of the metrics. Raises InvalidFormat."""
    samples: list[tuple[Labels, float]] = []
    about: dict[str, Metadata] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            _read_comment(line, about)
        elif line.strip():
            samples.append(_sample(line))
    return samples, about


def _read_comment(line: str, about: dict[str, Metadata]) -> None:
    words = line.split(None, 3)
    if len(words) < 3 or words[1] not in ("TYPE", "HELP"):
        return
    text = words[3] if len(words) > 3 else ""
    before = about.get(words[2], Metadata())
    about[words[2]] = Metadata(text, before.help) if words[1] == "TYPE" else Metadata(before.kind, text)


def _sample(line: str) -> tuple[Labels, float]:
    found = _SAMPLE.match(line)
    if not found:
        raise InvalidFormat(f'expected label name, got "{line[:40]}"')
    name, inside, value = found.groups()
    pairs = [(NAME, name)]
    at = 0
    while inside and at < len(inside):
        label = _LABEL.match(inside, at)
        if not label:
            raise InvalidFormat(f'expected label name, got "{inside[at : at + 40]}"')
        written = label[2]
        if "\\" in written:
            written = re.sub(r"\\(.)", lambda each: _ESCAPES.get(each[1], each[0]), written)
        pairs.append((label[1], written))
        at = label.end()
    try:
        number = _SPECIAL[value] if value in _SPECIAL else float(value)
    except ValueError:
        raise InvalidFormat(f'strconv.ParseFloat: parsing "{value}": invalid syntax') from None
    return labels_of(pairs), number


def number_text(value: float) -> str:
    """As Go writes it with %v or 'f', -1: 1, 0.5, 1e+21, NaN, +Inf."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "+Inf" if value > 0 else "-Inf"
    if value == int(value) and abs(value) < 1e21:
        return str(int(value)) if value or math.copysign(1, value) > 0 else "-0"
    text = repr(value)
    if "e" in text:
        mantissa, _, exponent = text.partition("e")
        if abs(value) < 1e21 and abs(value) >= 1e-7:
            return f"{value:.20f}".rstrip("0")
        return f"{mantissa}e{int(exponent):+03d}"
    return text


def escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def written(name: str, labels: Labels, value: float) -> str:
    """One line, without its end."""
    inside = ",".join(f'{label}="{escaped(text)}"' for label, text in labels)
    return f"{name}{{{inside}}} {number_text(value)}" if inside else f"{name} {number_text(value)}"


def family(name: str, kind: str, lines: Iterable[str]) -> Iterator[str]:
    """The lines of one metric below its TYPE."""
    yield f"# TYPE {name} {kind}"
    yield from lines
