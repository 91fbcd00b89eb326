"""Figures that the lab's practice cluster does not have: nothing is measured there without a metrics server."""

from __future__ import annotations

from collections.abc import Iterator

from runner.authoring.lint.bash_syntax import kubectl, statements
from runner.authoring.lint.lint_context import Advice, Draft
from runner.labs.model import Practice
from runner.words import phrase

_NEED_FIGURES = frozenset({"top", "autoscale"})
SERVER = "metrics-server"


def no_metrics_server(draft: Draft) -> Iterator[Advice]:
    """The first command that needs one, in a lab that neither installs one nor has one from the start."""
    practice = draft.lab.practice or Practice()
    installed = any(SERVER in command.command for _, command in draft.commands())
    if practice.metrics_server or installed:
        return
    for path, command in draft.commands():
        if command.needs is not None:
            continue
        calls = (kubectl(each) for each in statements(command.command))
        verb = next((call.verb for call in calls if call and call.verb in _NEED_FIGURES), "")
        if verb:
            yield Advice(
                path,
                phrase(
                    "the practice cluster has no metrics server, which {command} needs",
                    command=f"kubectl {verb}",
                ),
                phrase(
                    "{written} gives it one from the start; or install one in the lab",
                    written="practice: {metrics_server: true}",
                ),
            )
            return
