"""Shared by the commands: options, languages, and how they stop."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from runner import plain_text
from runner.commands.help_texts import translate
from runner.words import LANGUAGES, Phrase, UserError, preferred_language, printed

USAGE = 2

Command = TypeVar("Command", bound=Callable[..., Any])

_spoken = ""  # outlives click's context: an error is reported after it is gone


class Stop(UserError):
    """Stops a command that was called in a way that can't work."""


def language_option(command: Command) -> Command:
    """Adds `--language`; what the command then prints is in it."""
    return click.option(
        "--language",
        type=click.Choice(LANGUAGES),
        default=preferred_language,
        callback=_speak,
        is_eager=True,
        expose_value=False,
        help="Language of the output (default: LABGATE_LANGUAGE, then the locale).",
    )(command)


def language() -> str:
    """The language that this call of the program speaks."""
    return _spoken or preferred_language()


def _speak(context: click.Context, _option: click.Parameter, value: str) -> str:
    global _spoken  # noqa: PLW0603
    _spoken = value
    if context.get_parameter_source("language") is not ParameterSource.DEFAULT:
        translate(context.command, value)
    return value


def report(sentence: Phrase, *, aside: bool = False) -> None:
    """Print a sentence in the reader's language; `aside`: to standard error, where the output is for a report alone."""
    click.echo(printed(sentence, language()), err=aside)


def complain(sentence: Phrase) -> None:
    """Print a sentence to standard error."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    click.echo(printed(sentence, language()), err=True)


def report_line(words: str, *, aside: bool = False) -> None:
    """Print one line that begins with text of others, such as a file's name."""
    click.echo(plain_text.opening(words), err=aside)
