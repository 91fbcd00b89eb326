"""What a lab says of other labs."""

from __future__ import annotations

from collections.abc import Iterator

from runner.authoring.lint.draft import Advice, Draft
from runner.labs.earlier import EarlierProblem, earlier, folder_of, nearest_to
from runner.words import phrase


def after_no_lab(draft: Draft) -> Iterator[Advice]:
    """`after:` names a lab that there is not, or labs that come after each other."""
    name = draft.lab.after
    if name is None:
        return
    if folder_of(name, draft.folder) is None:
        near = nearest_to(name, draft.folder)
        hint = phrase(
            "{command} lists the labs that have a name; one in a folder beside this lab is found, too",
            command="labgate labs",
        )
        yield Advice(
            ("after",),
            phrase("there is no lab of this name: {name}", name=name),
            phrase("did you mean {name}?", name=near) if near else hint,
        )
        return
    try:
        earlier(draft.lab)
    except EarlierProblem as error:
        yield Advice(("after",), error.message)
