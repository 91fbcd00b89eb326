"""Traffic checks that could pass though nothing was answered, or by chance."""

from __future__ import annotations

from collections.abc import Iterator

from checks.traffic import Traffic
from runner.authoring.lint.lint_context import Advice, Draft
from runner.words import phrase


def traffic_without_answers(draft: Draft) -> Iterator[Advice]:
    """A check that only says what must not come: it would hold if nothing were answered at all."""
    for path, check in draft.checks():
        if isinstance(check, Traffic) and check.passes_unanswered():
            yield Advice(
                path,
                phrase("this check would hold without a single answer: it only asks for what must not come"),
                phrase("say what must come, too: {example}", example="availability: 100%"),
            )


def too_few_requests(draft: Draft) -> Iterator[Advice]:
    """So few requests that another share would pass as easily."""
    for path, check in draft.checks():
        if not isinstance(check, Traffic):
            continue
        for key, shares in (("share", check.share), ("status", check.status)):
            for name, share in shares.items():
                exact = share.exactly is not None and 0.0 < share.exactly < 1.0
                if exact and check.count < share.requests:
                    yield Advice(
                        (*path, key, name),
                        phrase(
                            "with {count} requests, {share} can't be told from a share ten percentage points away",
                            count=check.count,
                            share=share.in_words(),
                        ),
                        phrase("send {count}, or leave requests out", count=share.requests),
                    )
