"""How screens and graders show findings: once per cause, quoted, with the command set apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from checks.base import Finding, Outcome
from runner.words import Phrase, phrase, translate


@dataclass(frozen=True, slots=True)
class Mention:
    """A finding of a check. `first` is the index of the check that shows it in full; the others refer to that one."""

    finding: Finding
    first: int
    here: bool

    @classmethod
    def of(cls, outcomes: Sequence[Outcome | None]) -> list[tuple[Mention, ...]]:
        """What each of a step's checks has to show. A cause that several of them fail for is shown by the first one,
        of all the objects that show it. None: a check that shows nothing."""
        first: dict[tuple[str, str, str], int] = {}
        shown: dict[tuple[str, str, str], list[Finding]] = {}
        for at, outcome in enumerate(outcomes):
            for finding in outcome.findings if outcome else ():
                first.setdefault(finding.same, at)
                shown.setdefault(finding.same, []).append(finding)
        return [
            tuple(
                cls(_of_all(shown[finding.same]), first[finding.same], first[finding.same] == at)
                for finding in (outcome.findings if outcome else ())
            )
            for at, outcome in enumerate(outcomes)
        ]


def _of_all(findings: list[Finding]) -> Finding:
    """The first, with how many others show the same at least: checks may have seen the same objects."""
    objects = len({finding.about for finding in findings})
    return replace(findings[0], others=max(objects - 1, *(finding.others for finding in findings)))


def whose(finding: Finding) -> Phrase | None:
    """The object that shows it, and how many others do; None if it is no object's."""
    about = finding.about
    if about is None:
        return None
    named = f"{about.kind.lower()}/{about.name}"
    one = (
        phrase("{object} in {namespace}", object=named, namespace=about.namespace)
        if about.namespace
        else phrase("{object}", object=named)
    )
    return phrase("{object}, and {number} more", object=one, number=finding.others) if finding.others else one


def read_in(finding: Finding) -> Phrase | None:
    """Where the evidence stands: the field, or the event, log or command that was quoted."""
    if finding.field:
        return phrase("{field}", field=finding.field)
    kind, _, name = finding.source.partition(" ")
    if kind == "event":
        return phrase("event {reason}", reason=name) if name else phrase("an event")
    if finding.source.startswith("log of container "):
        return phrase("log of container {container}", container=finding.source.rpartition(" ")[2])
    return phrase("{source}", source=finding.source) if finding.source else None


_HERE = "\0"


def remedy(finding: Finding, language: str) -> tuple[str, str]:
    """The remedy as text, and its command ("" if there is none), which is shown separately."""
    command = finding.remedy.values.get("command")
    if not isinstance(command, str) or not command or "\n" in command:
        return translate(finding.remedy, language), ""
    marked = Phrase(finding.remedy.template, {**finding.remedy.values, "command": _HERE})
    words, _, after = translate(marked, language).partition(_HERE)
    if after.strip(" .`'\"”"):  # in the middle of the sentence, which needs it there
        return translate(finding.remedy, language), command
    return words.rstrip(" `'\"“"), command
