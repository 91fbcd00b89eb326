"""What a lab says of other labs."""

from __future__ import annotations

from collections.abc import Iterator

from checks.versions import Range
from runner.authoring.lint.lint_context import Advice, Draft
from runner.labs.model import Practice
from runner.labs.prerequisites import EarlierProblem, earlier, folder_of, nearest_to
from runner.words import phrase


def after_no_lab(draft: Draft) -> Iterator[Advice]:
    """`after:` names a lab that there is not, or labs that come after each other."""
    name = draft.lab.after
    if name is None:
        return
    if folder_of(name, draft.folder) is None:
        near = nearest_to(name, draft.folder)
        hint = phrase(
            "{command} lists the known labs; a lab in a folder next to this one is found, too",
            command="labgate labs",
        )
        yield Advice(
            ("after",),
            phrase("unknown lab: {name}", name=name),
            phrase("did you mean {name}?", name=near) if near else hint,
        )
        return
    try:
        earlier(draft.lab)
    except EarlierProblem as error:
        yield Advice(("after",), error.message)


def practice_version(draft: Draft) -> Iterator[Advice]:
    """The lab's own practice cluster is not of a version that the lab requires: it can never be started there."""
    wanted = draft.lab.requires.kubernetes
    version = (draft.lab.practice or Practice()).kubernetes
    if wanted is None or version in Range.parse(wanted):
        return
    yield Advice(
        ("requires", "kubernetes"),
        phrase(
            "the lab does not start on its practice cluster, which has Kubernetes {version}, not {wanted}",
            version=version,
            wanted=wanted,
        ),
        phrase(
            '">=1.20" means this version and later; practice: {{kubernetes: "1.20"}} chooses the '
            "version of the practice cluster"
        ),
    )
