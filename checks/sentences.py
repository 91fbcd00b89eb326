"""What a check asks for, said to a learner: short sentences without the notation of the check.

Each is a pair: what must be, shown until it is so, and what is, once it is. The exact comparison is `Check.describe()`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from checks.counts import Between
from checks.phrase import Phrase, count_phrase, phrase

MOST_QUOTED = 60
"""Characters of a text that a sentence quotes; a longer one is \"what the step asks for\"."""

_SIMPLE_PATTERN = re.compile(
    r"(?P<anchor>^\^|\$$)"
    r"|(?P<open>(?:\.|\\[dwsS]|\[[^\[\]\\]+\])(?:[*+?]|\{\d+(?:,\d*)?\})?)"
    r"|\\(?P<escaped>[^\w\s])"
    r"|(?P<plain>[^\\^$.*+?()\[\]{}|])(?![*+?{])"
)
"""The parts of a regular expression that a person reads as a text."""

MOST_NAMED = 4
"""Names in one sentence."""

_KINDS = {
    "Deployment": phrase("Deployment"),
    "ReplicaSet": phrase("ReplicaSet"),
    "StatefulSet": phrase("StatefulSet"),
    "DaemonSet": phrase("DaemonSet"),
    "Job": phrase("Job"),
    "CronJob": phrase("CronJob"),
    "Pod": phrase("Pod"),
    "Service": phrase("Service"),
    "Namespace": phrase("Namespace"),
    "Node": phrase("Node"),
    "ConfigMap": phrase("ConfigMap"),
    "Secret": phrase("Secret"),
    "Ingress": phrase("Ingress"),
    "ServiceAccount": phrase("ServiceAccount"),
    "Role": phrase("Role"),
    "RoleBinding": phrase("RoleBinding"),
    "ClusterRole": phrase("ClusterRole"),
    "ClusterRoleBinding": phrase("ClusterRoleBinding"),
    "PersistentVolume": phrase("PersistentVolume"),
    "PersistentVolumeClaim": phrase("PersistentVolumeClaim"),
    "NetworkPolicy": phrase("NetworkPolicy"),
}
"""Kinds that have a name of their own in the reader's language."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`wanted`: what must be, while it is not. `so`: the same once it is."""

    wanted: Phrase
    so: Phrase


# what is spoken of


def kind_name(kind: str) -> Phrase | str:
    """The kind as the reader calls it."""
    return _KINDS.get(kind, kind)


def named(kind: str, name: str, namespace: str = "") -> Phrase:
    """`Deployment istiod`, with its namespace where no heading says it."""
    return placed(phrase("{kind} {named}", kind=kind_name(kind), named=name), namespace)


def all_named(kind: str, names: Sequence[str]) -> Phrase:
    """Several of a kind; of many the first ones."""
    if len(names) <= MOST_NAMED:
        return phrase("{kind} {named}", kind=kind_name(kind), named=tuple(names))
    some = tuple(names[: MOST_NAMED - 1])
    return phrase(
        "{kind} {named} and {number} more", kind=kind_name(kind), named=some, number=len(names) - len(some)
    )


def placed(what: Phrase, namespace: str) -> Phrase:
    """The thing in its namespace; alone where that is \"\"."""
    return phrase("{thing} in {place}", thing=what, place=namespace) if namespace else what


def labelled(what: Phrase, selector: str) -> Phrase:
    """The things with these labels; all of them where there is no selector."""
    return phrase("{things} labelled {labels}", things=what, labels=selector) if selector else what


def pods(many: Between) -> Phrase:
    """So many pods."""
    if many.max is None:
        return count_phrase("At least {count} pod", "At least {count} pods", count=many.min)
    if many.max == many.min:
        return count_phrase("{count} pod", "{count} pods", count=many.min)
    return phrase("{least} to {most} pods", least=many.min, most=many.max)


def some_of(kind: str, names: Sequence[str], count: Between | None, *, absent: bool) -> tuple[Phrase, bool]:
    """Objects of a kind: none, these, so many or one; and whether English speaks of them in the plural."""
    if absent:
        return phrase("All objects of kind {kind}", kind=kind_name(kind)), True
    if names:
        return all_named(kind, names), len(names) > 1
    if count is not None:
        return objects(kind, count), is_plural(count)
    return phrase("A {kind}", kind=kind_name(kind)), False


def objects(kind: str, many: Between) -> Phrase:
    """So many objects of a kind."""
    of = kind_name(kind)
    if many.max is None:
        return count_phrase(
            "At least {count} object of kind {kind}",
            "At least {count} objects of kind {kind}",
            count=many.min,
            kind=of,
        )
    if many.max == many.min:
        return count_phrase(
            "{count} object of kind {kind}", "{count} objects of kind {kind}", count=many.min, kind=of
        )
    return phrase("{least} to {most} objects of kind {kind}", least=many.min, most=many.max, kind=of)


def is_plural(many: Between) -> bool:
    """Whether English speaks of them in the plural."""
    return (many.min, many.max) not in ((1, 1), (1, None))


# what is said of it


def exists(what: Phrase, *, plural: bool = False) -> Sentence:
    there = phrase("{what} exist", what=what) if plural else phrase("{what} exists", what=what)
    return Sentence(phrase("{what} must exist", what=what), there)


def gone(what: Phrase, *, plural: bool = False) -> Sentence:
    away = phrase("{what} are gone", what=what) if plural else phrase("{what} is gone", what=what)
    return Sentence(phrase("{what} must be gone", what=what), away)


def ready(what: Phrase, *, plural: bool = False) -> Sentence:
    done = phrase("{what} are ready", what=what) if plural else phrase("{what} is ready", what=what)
    return Sentence(phrase("{what} must be ready", what=what), done)


def complete(what: Phrase) -> Sentence:
    return Sentence(phrase("{what} must complete", what=what), phrase("{what} is complete", what=what))


def has(what: Phrase, things: Sequence[Phrase]) -> Sentence:
    """It has this one thing, or all of these."""
    if len(things) == 1:
        return Sentence(
            phrase("{what} must have {thing}", what=what, thing=things[0]),
            phrase("{what} has {thing}", what=what, thing=things[0]),
        )
    listed = tuple(things)
    return Sentence(
        phrase("{what} must have: {things}", what=what, things=listed),
        phrase("{what} has: {things}", what=what, things=listed),
    )


def ready_with(what: Phrase, things: Sequence[Phrase], *, completes: bool = False) -> Sentence:
    """It is ready, and has these."""
    done = complete(what) if completes else ready(what)
    if not things:
        return done
    listed = tuple(things)
    return Sentence(
        phrase("{sentence}, with {things}", sentence=done.wanted, things=listed),
        phrase("{sentence}, with {things}", sentence=done.so, things=listed),
    )


def as_asked(what: Phrase) -> Sentence:
    """What is compared would say nothing to a learner, or be the answer."""
    return Sentence(
        phrase("{what} must be as the step asks", what=what), phrase("{what} is as the step asks", what=what)
    )


def runs(what: Phrase, one: Phrase) -> Sentence:
    """A workload runs this image."""
    return Sentence(
        phrase("{what} must run {image}", what=what, image=one),
        phrase("{what} runs {image}", what=what, image=one),
    )


def of_type(what: Phrase, kind: str) -> Sentence:
    """A Service of this type."""
    return Sentence(
        phrase("{what} must be of type {type}", what=what, type=kind),
        phrase("{what} is of type {type}", what=what, type=kind),
    )


# parts


def replicas(count: int) -> Phrase:
    return count_phrase("{count} replica", "{count} replicas", count=count)


def image(wanted: str) -> Phrase:
    """An image's name; a pattern is not shown."""
    if re.fullmatch(r"[\w./:@-]+", wanted):
        name = wanted.removeprefix("/").removesuffix(":")
        return (
            phrase("the tag {tag}", tag=name[1:])
            if name[:1] == ":"
            else phrase("the image {image}", image=name)
        )
    return phrase("the image that the step asks for")


def quoted(text: str) -> Phrase:
    """A text in quotation marks, if it is short and one that a person would write."""
    if "\n" in text or len(text) > MOST_QUOTED:
        return phrase("the text that the step asks for")
    return phrase("“{text}”", text=text)


def quoted_pattern(pattern: str) -> Phrase:
    """A regular expression: quoted where it is a text, perhaps with parts that are left open (…)."""
    text = _text_of(pattern)
    return phrase("what the step asks for") if text is None else quoted(text)


def _text_of(pattern: str) -> str | None:
    """The text that a simple regular expression stands for: `^v1\\.[0-9]+ ready$` is "v1.… ready"; else None."""
    parts = list(_SIMPLE_PATTERN.finditer(pattern))
    if "".join(part[0] for part in parts) != pattern:
        return None
    text = re.sub("…+", "…", "".join("…" if p["open"] else p["escaped"] or p["plain"] or "" for p in parts))
    return text if re.search(r"\w", text.replace("…", "")) else None


def short(line: str, most: int = 60) -> str:
    """A command in one line."""
    one = " ".join(line.split())
    return one if len(one) <= most else one[: most - 1] + "…"
