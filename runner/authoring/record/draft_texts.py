"""Titles and texts of a draft, in all languages; what only the author can say is left to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from checks.base import ObjectRef
from checks.registry import existing
from runner.authoring.lab_draft import Words
from runner.authoring.record.recording import FOLDER, Moment, Ran
from runner.authoring.record.stretches import Difference
from runner.words import LANGUAGES, Phrase, phrase, translate
from runner.world.everything import Key

MOST_LINES = 14
"""Lines of a command's output that a text shows."""
MOST_NAMED = 8
WIDEST = 160


def both(sentence: Phrase) -> Words:
    """The sentence in all languages."""
    return {language: translate(sentence, language) for language in LANGUAGES}


def _runs(key: Key) -> bool:
    """Whether it is a pod, or makes some: its check can wait until it is ready."""
    ref = ObjectRef(key.kind, key.name, key.namespace, f"{key.group}/v1" if key.group else "v1")
    return existing(ref, done=True) != existing(ref)


def title_of(what: Difference, before: Moment, after: Moment) -> tuple[Phrase, str]:
    """What the step does, and a word for its id."""
    opened = [
        key.name
        for key in (*what.changed, *what.made)
        if key.kind == "Service" and _type(after, key) == "LoadBalancer" != _type(before, key)
    ]
    namespaces = [key.name for key in what.made if key.kind == "Namespace"]
    workloads = [key.name for key in what.made if _runs(key)]
    if what.in_cluster and not workloads and opened:
        return phrase("Expose {names}", names=_few(opened)), f"expose-{opened[0]}"
    if workloads:
        return phrase("Run {names}", names=_few(workloads)), f"run-{(namespaces or workloads)[0]}"
    if namespaces:
        return phrase("Create the namespace {name}", name=_few(namespaces)), f"namespace-{namespaces[0]}"
    for keys, words, verb in (
        (what.made, phrase("Create {names}", names=_kinds(what.made)), "create"),
        (what.changed, phrase("Change {names}", names=_kinds(what.changed)), "change"),
        (what.gone, phrase("Delete {names}", names=_kinds(what.gone)), "delete"),
    ):
        if keys:
            return words, f"{verb}-{keys[0].name}"
    if what.programs:
        return phrase("Add to PATH: {names}", names=_few(what.programs)), f"path-{what.programs[0]}"
    if what.files:
        name = what.files[0]
        if after.places.files.get(name) == FOLDER:
            return phrase("Get {name}", name=name), f"get-{name}"
        return phrase("Write {name}", name=name), f"write-{name}"
    if what.variables:
        return phrase("Set {names}", names=_few(what.variables)), f"set-{what.variables[0]}"
    return phrase("Look around"), "look"


def _type(moment: Moment, key: Key) -> str | None:
    spec = (moment.cluster.objects.get(key) or {}).get("spec") or {}
    return spec.get("type")


def _kinds(keys: Sequence[Key]) -> str:
    return _few([f"{key.kind} {key.name}" for key in keys])


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:2]) + (", …" if len(names) > 2 else "")


def text_of(ran: Sequence[Ran], what: Difference) -> Words:
    """The draft of a step's text."""
    return {language: "\n\n".join(_paragraphs(ran, what, language)) for language in LANGUAGES}


def _paragraphs(ran: Sequence[Ran], what: Difference, language: str) -> Iterator[str]:
    yield translate(phrase("TODO: explain why this is done, what to look at, and what it means."), language)
    for each in ran:
        yield f"```\n{each.line}\n```"
        if each.typed.keys:
            yield translate(phrase("In the editor, type: {keys}", keys=keys_text(each.typed.keys)), language)
        for question, answer in each.typed.answers:
            yield translate(
                phrase("It asks `{question}`; answer `{answer}`.", question=_asked(question), answer=answer),
                language,
            )
        if shown := trimmed(each.output):
            yield f"```\n{shown}\n```"
    message = [translate(line, language) for line in _came_of(what)]
    if message:
        yield "\n".join([translate(phrase("Changes:"), language), "", *(f"- {line}" for line in message)])


def keys_text(keys: Sequence[str]) -> str:
    """Keys as a text shows them."""
    return " ".join(f"`{key}`" for key in keys)


def _asked(question: str) -> str:
    return question if len(question) <= 80 else f"… {question[-70:]}"


def trimmed(output: str) -> str:
    """The beginning and the end of what a command printed."""
    lines = [line[:WIDEST].rstrip() for line in output.strip("\n").splitlines()]
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 4], "…", *lines[-3:]]
    return "\n".join(lines).replace("```", "'''").strip()


def _came_of(what: Difference) -> Iterator[Phrase]:
    if what.made:
        yield phrase("created: {objects}", objects=_named(what.made))
    if what.changed:
        yield phrase("changed: {objects}", objects=_named(what.changed))
    if what.gone:
        yield phrase("deleted: {objects}", objects=_named(what.gone))
    if what.files:
        names = [path for path in what.files if "/" not in path] or list(what.files)
        yield phrase("in the working folder: {names}", names=tuple(names[:MOST_NAMED]))
    if what.programs:
        yield phrase("in PATH: {names}", names=what.programs[:MOST_NAMED])


def _named(keys: Sequence[Key]) -> tuple[str, ...]:
    if len(keys) <= MOST_NAMED:
        return tuple(str(key) for key in keys)
    counts: Mapping[str, int] = Counter(key.kind for key in keys)
    return tuple(f"{kind} ({number})" for kind, number in counts.items())
