"""Which lesson a line teaches: the first rule that reads its output."""

from __future__ import annotations

from runner.session.lessons import files, manifests, mistyped, replies, usage
from runner.session.lessons.lesson import Lesson, Rule, Typed

_RULES: tuple[Rule, ...] = (
    mistyped.copied_signs,
    mistyped.copied_prompt,
    mistyped.not_a_program,
    mistyped.not_executable,
    usage.unknown_verb,
    usage.unknown_flag,
    usage.single_dash,
    usage.option_without_value,
    usage.unknown_type,
    usage.file_without_option,
    usage.no_name,
    usage.no_type,
    usage.option_missing,
    usage.type_twice,
    usage.which_container,
    usage.port_taken,
    files.missing_file,
    manifests.not_yaml,
    manifests.unknown_field,
    manifests.unknown_kind,
    manifests.refused_value,
    replies.cluster_unreached,
    replies.no_namespace,
    replies.there_already,
    replies.not_found,
    replies.forbidden,
    replies.starting_still,
    replies.in_time,
    replies.nothing_to_wait_for,
    replies.changed_meanwhile,
    replies.edited_nothing,
    replies.nothing_there,
)
"""In the order in which they keep a line from its work: the line, the program, its options, its files, the server."""
_ENDED_BY_HAND = (130, 148)


def lesson_of(typed: Typed) -> Lesson | None:
    """What the line teaches; None where it did what it should, was ended by hand, or failed in words that are not known."""
    if typed.ran.exit_code in _ENDED_BY_HAND:
        return None
    return next((lesson for rule in _RULES if (lesson := rule(typed)) is not None), None)
