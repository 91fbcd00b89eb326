"""Translates the models' errors about values of the right shape into plain messages in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from checks.object_fields import NAME
from checks.registry import CHECKS
from checks.service_ports import PATTERN as PORT
from runner.kubernetes_versions import PATTERN
from runner.labs.model import QUANTITY
from runner.labs.yaml_nodes import Path
from runner.words import Phrase, phrase

_IN_WORDS = {
    NAME: phrase("a name of Kubernetes: letters, digits, dashes and dots"),
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$": phrase("small letters, digits and dashes"),
    r"^[a-z0-9]([-a-z0-9_]*[a-z0-9])?$": phrase("small letters, digits, dashes and underscores"),
    r"^[a-z][a-z0-9_]*$": phrase("small letters, digits and underscores, a letter first"),
    r"^[A-Z][A-Za-z0-9]*$": phrase("a kind as in its manifest, a capital first: Gateway"),
    PATTERN: phrase("a version of Kubernetes that a practice cluster can be: 1.19 to 1.34"),
    r"^([a-z]+|\*)$": phrase("a verb: get, list, create, delete"),
    r"^([a-z0-9]([-a-z0-9./]*[a-z0-9])?|\*)$": phrase("a resource with its group: deployments.apps"),
    r"^([a-z0-9][-a-z0-9.]*/)?v[0-9]+((alpha|beta)[0-9]+)?$": phrase("an apiVersion: apps/v1"),
    PORT: phrase("a port: 80, with its name http:80, with its protocol 53/UDP"),
    r"^[A-Za-z0-9_][A-Za-z0-9_.+-]*$": phrase("the name of a program"),
    r"^[A-Za-z_][A-Za-z0-9_]*$": phrase("the name of a variable of the shell"),
    r"^[^\x00]+$": phrase("a path"),
    r"\S": phrase("more than spaces"),
    r"^[A-Za-z0-9][-A-Za-z0-9.:]*\*?$": phrase("a name, or the beginning of one with * at its end"),
    r"^[A-Za-z][A-Za-z0-9_-]*$": phrase("a reason as an event has it: BackOff"),
    r"^([a-z0-9][-a-z0-9.]*|\*)(/[a-z]+)?$": phrase(
        "a resource, with its subresource where one is meant: pods, pods/log"
    ),
    r"^/": phrase("a path that begins with /"),
    r"^/\S*$": phrase("a path that begins with /"),
    r"^https?://\S+$": phrase("an address that begins with http:// or https://"),
    r"^[A-Za-z0-9_./-]+$": phrase("letters, digits, dots, dashes, underscores and slashes"),
    r'^[^"\s]{1,200}$': phrase("at most 200 characters, without quotes and spaces"),
    QUANTITY: phrase("an amount as Kubernetes writes it: 500m, 512Mi"),
    r"^\d{1,3}(\.\d{1,3})? ?%$": phrase("a percentage: 10%"),
    r"^\d{1,3}(\.\d{1,3})? ?%$|^all$": phrase("a percentage (99%), or all"),
    r"^\d{1,3}(\.\d{1,3})? ?%$|^(all|none|some)$": phrase("a percentage (10%), all, none or some"),
    r"^[\x20-\x7e]{0,1000}$": phrase("at most 1,000 characters of ASCII, as the value of a header may have"),
}
"""Patterns of the models, as a person would say them."""

_MESSAGES_OF_CHECKS = {
    each.template: each
    for each in (
        phrase("a command has answers (to its questions) or keys (for its editor), not both"),
        phrase("a duration is a number of seconds, or 90s, 5m, 1h"),
        phrase("a version range looks like >=1.18,<1.23 or *"),
        phrase("max is less than min"),
        phrase("a range that holds for none as well as for some checks nothing"),
        phrase("what must not exist can't have labels"),
        phrase("what must not exist can't be ready or have replicas or an image"),
        phrase("what must not exist can't have a type, ports or addresses"),
        phrase("or_forwarded needs external: true beside it"),
        phrase("what must not exist can't have anything in it"),
        phrase("a folder can't be executable or contain text"),
        phrase("a port looks like 80, http:80 or 53/UDP"),
        phrase("equals is the whole value: contains and matches beside it say nothing more"),
        phrase("it can't print contains and not print not_contains"),
        phrase("where no pod may be left, none can be ready or have containers"),
        phrase("an example is for a written answer (answer: …), not for choices"),
        phrase("there are more names than count allows"),
        phrase("only a LoadBalancer is assigned an external address"),
        phrase("an ExternalName has no endpoints"),
        phrase("url stands alone: the path is part of it"),
        phrase("needs a service with its port, or a url"),
        phrase("for none, write absent: true"),
        phrase("needs a pod or a selector, and not both"),
        phrase("there is no command"),
        phrase("a step's setup runs beside the shell: it has no answers, keys or otherwise"),
        phrase("a percentage is written with its sign: 10%"),
        phrase("needs min or max"),
        phrase("seconds needs a rate, and no number of requests"),
        phrase("the statuses are more than 100 % together"),
        phrase("needs a resource or a path, and not both"),
        phrase("a path has no name and no namespace"),
        phrase("name is for one object; names, selector and count are for many"),
        phrase("what must not exist can't be counted or have anything in it"),
        phrase("what must not exist can't match anything"),
        phrase("a quiz has either choices or an answer"),
        phrase("a quiz has two choices or more, at least one of them correct"),
        phrase("two choices have the same id"),
        phrase("the example is not a right answer (example: …)"),
        phrase("seconds needs a rate, and no number of requests"),
        phrase("too many requests: a lower rate, or less time"),
        phrase("the statuses are more than 100 % together"),
        phrase("needs min or max"),
        phrase("a percentage is written with its sign: 10%"),
        phrase("there is no command"),
        phrase("a step's setup runs beside the shell: it has no answers, keys or otherwise"),
    )
}


def in_words(error: Any) -> Phrase:
    """One of pydantic's errors (its `errors()` entry) as a sentence."""
    known = _limit(error) or _reasoned(error) or _MESSAGES_OF_CHECKS.get(error["msg"])
    return known or phrase("not as it must be: {reason}", reason=error["msg"])


def _limit(error: Any) -> Phrase | None:
    context = error.get("ctx") or {}
    value = error.get("input")
    match error["type"]:
        case "string_pattern_mismatch":
            pattern = context["pattern"]
            return phrase(
                "{value} does not fit; wanted: {wanted}",
                value=_shortened(value),
                wanted=_IN_WORDS.get(pattern) or pattern,
            )
        case "string_too_short":
            return phrase("the text is empty")
        case "string_too_long":
            return phrase("the text is too long: at most {most} characters", most=context["max_length"])
        case "greater_than_equal":
            return phrase("too small: {value}; at least {least}", value=value, least=f"{context['ge']:g}")
        case "greater_than":
            return phrase("too small: {value}; more than {least}", value=value, least=f"{context['gt']:g}")
        case "less_than_equal":
            return phrase("too large: {value}; at most {most}", value=value, most=f"{context['le']:g}")
        case "too_short":
            return phrase("too few; at least {least}", least=context["min_length"])
        case "too_long":
            return phrase("too many; at most {most}", most=context["max_length"])
    return None


def _reasoned(error: Any) -> Phrase | None:
    reason = (error.get("ctx") or {}).get("reason")
    match error["type"]:
        case "regex":
            return phrase("this regular expression can't be used: {reason}", reason=reason)
        case "key_name":
            message = error["ctx"]
            return phrase(
                "{key} is no key's name: did you mean {name}? To have these letters typed, write them in two: {parts}",
                key=message["key"],
                name=message["name"],
                parts=message["parts"],
            )
        case "selector":
            return phrase("a label selector looks like app=istiod or tier in (a, b): {reason}", reason=reason)
        case "jmespath":
            return phrase("not a JMESPath expression: {reason}", reason=reason)
    return None


def _shortened(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"


def path_of(loc: Sequence[str | int], data: object) -> Path:
    """Where in the file an error's `loc` is: without the types of checks and unions that pydantic puts in."""
    path: list[str | int] = []
    inside = data
    tagged = False
    for step in loc:
        if not tagged and path[-2:-1] == ["checks"] and step in CHECKS:
            tagged = True  # the type comes first; the same word may follow as the key
            continue
        if isinstance(inside, list) and isinstance(step, int):
            if step < len(inside):
                inside = inside[step]
                path.append(step)
        elif isinstance(inside, dict) and step in inside:
            inside = inside[step]
            path.append(step)
    return tuple(path)


def is_echo(error: Any, path: Path, broken: set[Path]) -> bool:
    """Whether an error only repeats a problem that was already reported, at its place or within it."""
    full = (*path, *error["loc"][-1:])
    if any(full[:length] in broken for length in range(len(full) + 1)):
        return True
    given = error.get("input")
    if error["type"] != "too_short" or not isinstance(given, list | tuple | dict):
        return False
    return len(given) >= int(error["ctx"]["min_length"])  # pydantic counts only what is right
