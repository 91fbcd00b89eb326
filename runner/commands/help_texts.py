"""The help of the command line in the reader's language."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from weakref import WeakKeyDictionary

import click

from runner.words import translation

_ENGLISH: WeakKeyDictionary[click.Command | click.Option, str] = WeakKeyDictionary()
"""The help that each was declared with, so that it can be translated again."""


def texts(command: click.Command) -> Iterator[str]:
    """Every help text of a command, its options and the commands below it, as the catalogues have it."""
    for each in _parts(command):
        if each.help:
            yield _english(each)
    if isinstance(command, click.Group):
        context = _context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            if below is not None:
                yield from texts(below)


def translate(command: click.Command, language: str) -> None:
    """Replace the help texts of a command, its options and the commands below it by those in `language`."""
    for each in _parts(command):
        if each.help:
            _ENGLISH.setdefault(each, _english(each))
            each.help = translation(_english(each), language)
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        translate(below, language)


def _parts(command: click.Command) -> Iterator[click.Command | click.Option]:
    yield command
    for option in command.get_params(_context(command)):
        if isinstance(option, click.Option):
            yield option


def _context(command: click.Command) -> click.Context:
    return click.Context(
        command, help_option_names=["-h", "--help"]
    )  # click keeps the help option made for it


def _english(each: click.Command | click.Option) -> str:
    return _ENGLISH.get(each) or inspect.cleandoc(each.help or "")
