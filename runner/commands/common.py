"""What the commands share: their options, the languages, and how they stop."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from runner.words import LANGUAGES, Phrase, Told, preferred_language, say

USAGE = 2

Command = TypeVar("Command", bound=Callable[..., Any])

_spoken = ""  # outlives click's context: an error is told after it is gone


class Stop(Told):
    """A command can't go on: it was called in a way that leads nowhere."""


def language_option(command: Command) -> Command:
    """Adds `--language`; what the command then prints is in it."""
    return click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        default=preferred_language,
        callback=_speak,
        is_eager=True,
        expose_value=False,
        help="Language of all that is printed (default: LABGATE_LANGUAGE, then the locale).",
    )(command)


def language() -> str:
    """The language that this call of the program speaks."""
    return _spoken or preferred_language()


def _speak(_context: click.Context, _option: click.Parameter, value: str) -> str:
    global _spoken  # noqa: PLW0603
    _spoken = value
    return value


def tell(sentence: Phrase) -> None:
    """Print a sentence in the reader's language."""
    click.echo(say(sentence, language()))


def complain(sentence: Phrase) -> None:
    """Print a sentence to standard error."""
    sys.stdout.flush()
    click.echo(say(sentence, language()), err=True)
