"""One CEL expression: compiled with its types checked, then evaluated, with cel-go's words where it fails.

The CEL project's C++ implementation does both; it is loaded with the first expression, so that a cluster without
any starts without it. Values are what JSON gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from runner.practice.machinery.expressions.expression_functions import functions

Variables = tuple[tuple[str, str], ...]
"""Names and types: int, string, bool, timestamp, duration, list, map, dyn."""

RESERVED = frozenset(
    {"true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if"}
    | {"import", "let", "loop", "package", "namespace", "return", "var", "void", "while"}
)
_STRINGS = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_WORDS = (
    (re.compile(r'Key not found in map : "?(.*?)"?$', re.DOTALL), r"no such key: \1"),
    (re.compile(r"Index error: index=(-?\d+) size=\d+"), r"index out of bounds: \1"),
    (re.compile(r"^(?:divide|modulus) by zero$"), "division by zero"),
    (re.compile(r"^No matching overloads found.*", re.DOTALL), "no such overload"),
)


class ExpressionError(Exception):
    """An expression that can't be compiled, or whose evaluation failed."""


class Expression:
    """A compiled expression. Raises ExpressionError if it can't be."""

    def __init__(self, text: str, variables: Variables, result: str = "") -> None:
        """`result` is the type that is wanted: "bool", "string"; "" is any."""
        self.text = text
        try:
            self._program = _environment(variables).compile(_with_formats(text))
        except RuntimeError as error:
            raise ExpressionError(f"compilation failed: {_compile_words(str(error))}") from None
        self.type = self._program.return_type().name().lower()
        if result and self.type not in (result, "dyn"):
            raise ExpressionError(f"must evaluate to {result}")

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """The plain value. Raises ExpressionError."""
        try:
            found = self._program.eval(data={name: _given(value) for name, value in values.items()})
            kind = found.type().name()
            plain = found.value() if kind == "ERROR" else found.plain_value()
        except (RuntimeError, TypeError, ValueError, OverflowError) as error:
            # What the library can't take or give: optionals as a result, numbers beyond 64 bits.
            raise ExpressionError(f"its values can't be kept here: {str(error).splitlines()[0]}") from None
        if kind == "ERROR":
            raise ExpressionError(_words(str(plain)))
        return plain


def _given(value: Any) -> Any:
    """The library wants moments without a zone, in UTC."""
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


@lru_cache(maxsize=1000)
def compiled(text: str, variables: Variables, result: str = "") -> Expression:
    """An expression, compiled once. Raises ExpressionError."""
    return Expression(text, variables, result)


@lru_cache(maxsize=200)
def _environment(variables: Variables) -> Any:
    from cel_expr_python import cel
    from cel_expr_python.ext import ext_bindings, ext_encoders, ext_math, ext_optional, ext_strings

    kinds = {
        "int": cel.Type.INT,
        "string": cel.Type.STRING,
        "bool": cel.Type.BOOL,
        "timestamp": cel.Type.TIMESTAMP,
        "duration": cel.Type.DURATION,
        "dyn": cel.Type.DYN,
        "list": cel.Type.List(cel.Type.DYN),
        "map": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
    }
    extensions = [
        ext_strings.ExtStrings(),
        ext_optional.ExtOptional(),
        ext_bindings.ExtBindings(),
        ext_math.ExtMath(),
        ext_encoders.ExtEncoders(),
    ]
    types = {name: kinds[kind] for name, kind in variables}
    return cel.NewEnv(variables=types, extensions=extensions, functions=functions(cel))


def mentions(text: str, name: str) -> bool:
    """Whether an expression uses a variable."""
    return re.search(rf"(?<![\w.]){name}\b", _STRINGS.sub("''", text)) is not None


def selections(text: str, name: str) -> list[list[str]]:
    """The paths that an expression selects of a variable: `self.a.b == self.c` has [a, b] and [c] of `self`.

    What is called (`self.a.size()`) is no part of a path, nor what follows an index.
    """
    plain = _STRINGS.sub("''", text)
    found = re.findall(rf"(?<![\w.]){name}((?:\s*\.\s*[A-Za-z_]\w*(?!\w|\s*\())+)", plain)
    return [[part.strip() for part in path.split(".") if part.strip()] for path in found]


def escaped(name: str) -> str:
    """A property's name as expressions select it (`__dash__` for -, `__namespace__` for a reserved word)."""
    if name in RESERVED:
        return f"__{name}__"
    name = name.replace("__", "__underscores__")
    for sign, word in ((".", "dot"), ("-", "dash"), ("/", "slash")):
        name = name.replace(sign, f"__{word}__")
    return name


_FORMAT = re.compile(r"\bformat\.(\w+)\(\)\.validate\(")


def _with_formats(text: str) -> str:
    """`format.dns1123Label().validate(x)` as an optional of what is wrong: functions of ours can't give optionals."""
    found = _FORMAT.search(text)
    while found:
        end, depth = found.end(), 1
        while end < len(text) and depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        message = f"format.problems('{found[1]}', {text[found.end() : end]}"
        bound = f"cel.bind(told__, {message}, size(told__) == 0 ? optional.none() : optional.of(told__))"
        text = text[: found.start()] + bound + text[end:]
        found = _FORMAT.search(text, found.start() + len(bound))
    return text


def _compile_words(message: str) -> str:
    return re.sub(r" \[[A-Z_]+\]$", "", message.removeprefix("INVALID_ARGUMENT: "))


def _words(message: str) -> str:
    message = re.sub(r"^[A-Z_]+: ", "", message)
    for pattern, words in _WORDS:
        if pattern.search(message):
            return pattern.sub(words, message)
    return message
