"""Chooses the cluster: the one named by the person, or the only one; never just the current context of a kubeconfig."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from runner.commands.common import Stop, report
from runner.labs.model import Lab
from runner.plain_text import Block, command, line
from runner.session.lab_places import Place, place_of, practice_place
from runner.session.target import Target
from runner.words import Phrase, phrase
from runner.world.kubeconfig_access import ContextInfo, contexts


@dataclass(frozen=True, slots=True)
class Choice:
    """The options that select the cluster."""

    practice: bool
    context: str | None
    kubeconfig: Path | None


@dataclass(frozen=True, slots=True)
class Opener:
    """Called, it opens the cluster that was chosen. `server` is "" for a practice cluster that does not run yet."""

    name: str
    server: str
    practice: bool
    opened: Callable[[], AbstractAsyncContextManager[Target]]

    def __call__(self) -> AbstractAsyncContextManager[Target]:
        return self.opened()


def opener(choice: Choice, lab: Lab, *, fresh: bool, again: bool = False) -> Opener:
    """How to open the cluster that was chosen; `again`: see practice_target.

    Raises Stop if none was, or no such one is there.
    """
    from runner.grading.grade import given
    from runner.session.cluster_targets import context_target, practice_target

    if choice.practice:
        if choice.context or choice.kubeconfig:
            raise Stop(phrase("--practice uses its own cluster. Remove --context and --kubeconfig."))
        there = practice_place(lab)
        return Opener(there.name, there.server, True, lambda: practice_target(lab, fresh=fresh, again=again))
    target = context_target(context_name(choice), choice.kubeconfig)
    return Opener(target.name, target.server, False, lambda: given(target))


def place(choice: Choice, lab: Lab) -> Place | None:
    """Where the learner said that the lab is to run; None if they said nothing. Raises Stop."""
    return context_place(choice) or (practice_place(lab) if choice.practice else None)


def context_place(choice: Choice) -> Place | None:
    """The context that the person named, or the only one; None if they said nothing of their own clusters. Raises Stop."""
    if not (choice.context or choice.kubeconfig):
        return None
    if choice.practice:
        raise Stop(phrase("--practice uses its own cluster. Remove --context and --kubeconfig."))
    name = context_name(choice)
    context = next(each for each in contexts(choice.kubeconfig) if each.name == name)
    return place_of(context, choice.kubeconfig)


def context_name(choice: Choice) -> str:
    """The context's name: the one that was named, or the only one. Raises Stop."""
    known = contexts(choice.kubeconfig)
    names = [context.name for context in known]
    if choice.context is not None:
        if choice.context not in names:
            raise Stop(_unknown(choice.context, names))
        return choice.context
    if not known:
        raise Stop(
            phrase(
                "No cluster was specified, and the kubeconfig has none.\nTo use the built-in practice "
                "cluster:\n  {practice}\nTo use your own cluster:\n  {context}",
                practice=_again("--practice"),
                context=_again("--kubeconfig", "FILE", "--context", "NAME"),
            )
        )
    if len(known) > 1:
        raise Stop(_several(known))
    report(
        phrase(
            "Using the only context in the kubeconfig: {context} ({server})",
            context=names[0],
            server=known[0].server,
        )
    )
    return names[0]


def _unknown(name: str, names: Sequence[str]) -> Phrase:
    near = get_close_matches(name, names, 1)
    if near:
        return phrase(
            "Context {name} is not in the kubeconfig. Did you mean: {command}",
            name=name,
            command=_again("--context", near[0]),
        )
    return phrase(
        "Context {name} is not in the kubeconfig. Available contexts: {names}", name=name, names=names
    )


def _several(known: Sequence[ContextInfo]) -> Phrase:
    lines = Block(
        "\n".join(line(f"{_again('--context', each.name)}    # {each.server}", "  ") for each in known)
    )
    return phrase(
        "The kubeconfig has several clusters, and a lab must not run on the wrong one. Specify one:\n"
        "{commands}\nor use the built-in practice cluster:\n  {practice}",
        commands=lines,
        practice=_again("--practice"),
    )


def _again(*more: str) -> str:
    """The command that was typed, with `more` after it and without what it replaces."""
    typed = ["labgate", *sys.argv[1:]]
    if "--context" in more:
        typed = [each for each in typed if not each.startswith("--context=")]
        while "--context" in typed:
            at = typed.index("--context")
            del typed[at : at + 2]
    return command([*typed, *more])
