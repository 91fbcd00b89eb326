"""Variables whose values bash would act on where a command has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from runner.authoring.lint.bash_syntax import here_documents
from runner.authoring.lint.lint_context import Advice, Draft
from runner.labs.model import SAFE_VALUE, Variable
from runner.words import phrase

_MARK = re.compile(r"(?<!\\)\{\{ *([A-Za-z_][A-Za-z0-9_-]*) *\}\}")
_ACTED_ON = {"": " ;&|<>$`\"'()*?[]{}#~\\!", '"': '"$`\\', "'": "'", "<<": "$`\\", "<<'": ""}
"""What bash acts on: outside of quotes, in double ones, in single ones, in here-documents (bash(1), QUOTING)."""


def unsafe_variable(draft: Draft) -> Iterator[Advice]:
    """`note={{note}}` where the note may be `a; rm -r ~`."""
    signs = {name: let_through(variable) for name, variable in draft.lab.variables.items()}
    written = {name: set(found) for name, found in signs.items() if found}
    if not written:
        return
    for path, line in draft.as_written():
        message: set[str] = set()
        for use in uses(line):
            dangerous = "".join(sorted(written.get(use.name, set()) & set(_ACTED_ON[use.quote])))
            if not dangerous or use.name in message:
                continue
            message.add(use.name)
            if dangerous == " ":
                hint = phrase(
                    "put it in double quotes, for example: {example}", example=f'"{{{{{use.name}}}}}"'
                )
            else:
                hint = phrase(
                    "restrict its pattern to characters without a meaning for the shell, for "
                    "example: {example}",
                    example=f"pattern: '{SAFE_VALUE}'",
                )
            yield Advice(
                path,
                phrase(
                    "bash would interpret characters that {variable} can contain: {signs}",
                    variable=f"{{{{{use.name}}}}}",
                    signs=dangerous.replace(" ", "␣"),
                ),
                hint,
            )


@dataclass(frozen=True, slots=True)
class Use:
    """A variable in a command line, and what it stands in: "" for nothing, a quote, << or <<' for a here-document."""

    name: str
    quote: str


def uses(command: str) -> Iterator[Use]:
    """Every variable of the lab's in a command line as it is written."""
    if "{{" not in command:
        return
    text, documents = here_documents(command)
    for document in documents:
        for found in _MARK.finditer(document.body):
            yield Use(found[1], "<<'" if document.plain else "<<")
    quote, at = "", 0
    while at < len(text):
        found_here = _MARK.match(text, at)
        if found_here:
            yield Use(found_here[1], quote)
            at = found_here.end()
            continue
        sign = text[at]
        if sign == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        at += 1


def let_through(variable: Variable) -> str:
    """The signs that mean something to a shell and that a value of the variable may have."""
    signs = _ACTED_ON[""]
    if variable.choices:
        return "".join(
            sign
            for sign in signs
            if any(sign in choice for choice in variable.choices if variable.allows(choice))
        )
    if variable.pattern is None:
        return ""
    base = variable.default or "a"
    return "".join(sign for sign in signs if any(variable.allows(value) for value in _values(sign, base)))


def _values(sign: str, base: str) -> Iterator[str]:
    """Values with the sign in them, one of which a pattern allows that allows any."""
    yield sign
    for word in (base, "a", "1", "a1-b"):
        yield from (word + sign, sign + word, word + sign + word, sign + word + sign, f"{word}{sign} {word}")
    yield f"{base[:1]}{sign}{base[1:]}"
