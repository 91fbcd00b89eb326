"""A query as a tree of plain data, made of what promql-parser reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from runner.practice.containers.telemetry.label_pairs import NAME
from runner.practice.containers.telemetry.promql.query_errors import QueryError
from runner.practice.containers.telemetry.sample_store import LabelMatcher

At = float | Literal["start", "end"] | None
"""The modifier @: seconds since 1970, or the beginning or end of a range query."""
_OPERATORS: dict[str, Literal["=", "!=", "=~", "!~"]] = {
    "Equal": "=", "NotEqual": "!=", "Re": "=~", "NotRe": "!~",
}  # fmt: skip
MISSING = (
    "this Prometheus can't read queries: the Python package promql-parser is not installed beside Labgate"
)


@dataclass(frozen=True, slots=True)
class Number:
    value: float


@dataclass(frozen=True, slots=True)
class Text:
    value: str


@dataclass(frozen=True, slots=True)
class Selector:
    """Series; any of the groups of matchers may be fulfilled. `offset` in seconds back."""

    groups: tuple[tuple[LabelMatcher, ...], ...]
    offset: float = 0.0
    at: At = None


@dataclass(frozen=True, slots=True)
class Window:
    """A range of a selector, or of a query that is evaluated every `step` seconds (a subquery)."""

    inner: Node
    range: float
    step: float | None = None
    offset: float = 0.0
    at: At = None
    is_subquery: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    arguments: tuple[Node, ...]
    gives: str
    """vector, scalar, matrix or string"""


@dataclass(frozen=True, slots=True)
class Aggregate:
    operator: str
    inner: Node
    parameter: Node | None
    labels: tuple[str, ...]
    without: bool


@dataclass(frozen=True, slots=True)
class Matching:
    """How the elements of two vectors are paired. `many` is the side of which several may have one partner."""

    labels: tuple[str, ...] = ()
    on: bool = False
    """With these labels alone; else without them."""
    many: Literal["", "left", "right"] = ""
    include: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Node
    right: Node
    matching: Matching
    returns_bool: bool = False


@dataclass(frozen=True, slots=True)
class Negated:
    inner: Node


Node = Number | Text | Selector | Window | Call | Aggregate | Binary | Negated


def parse_query(text: str) -> Node:
    """Raises QueryError, in Prometheus' words."""
    try:
        import promql_parser
    except ImportError:
        raise QueryError("unavailable", MISSING) from None
    try:
        parsed = promql_parser.parse(text)
    except ValueError as error:
        raise QueryError("bad_data", f'invalid parameter "query": 1:1: parse error: {error}') from None
    except RecursionError:
        raise QueryError("bad_data", 'invalid parameter "query": nested too deeply') from None
    return _node(parsed)


def kind_of(node: Node) -> Literal["scalar", "string", "matrix", "vector"]:
    """What a query gives."""
    match node:
        case Number():
            return "scalar"
        case Text():
            return "string"
        case Window():
            return "matrix"
        case Call(gives="scalar"):
            return "scalar"
        case Negated(inner=inner):
            return kind_of(inner)
        case Binary(left=left, right=right) if kind_of(left) == kind_of(right) == "scalar":
            return "scalar"
    return "vector"


def selectors_of(node: Node) -> Sequence[Selector]:
    """All that are in it."""
    match node:
        case Selector():
            return [node]
        case Window(inner=inner) | Negated(inner=inner) | Aggregate(inner=inner):
            return selectors_of(inner)
        case Call(arguments=arguments):
            return [found for each in arguments for found in selectors_of(each)]
        case Binary(left=left, right=right):
            return [*selectors_of(left), *selectors_of(right)]
    return []


def _node(parsed: Any) -> Node:
    match type(parsed).__name__:
        case "NumberLiteral":
            return Number(parsed.val)
        case "StringLiteral":
            return Text(parsed.val)
        case "ParenExpr":
            return _node(parsed.expr)
        case "UnaryExpr":
            return Negated(_node(parsed.expr))
        case "VectorSelector":
            return _selector(parsed)
        case "MatrixSelector":
            return Window(_selector(parsed.vector_selector), parsed.range.total_seconds())
        case "SubqueryExpr":
            step = parsed.step.total_seconds() if parsed.step else None
            inner, size = _node(parsed.expr), parsed.range.total_seconds()
            return Window(inner, size, step, _offset(parsed), _at(parsed), is_subquery=True)
        case "Call":
            gives = str(parsed.func.return_type).rpartition(".")[2].lower()
            return Call(parsed.func.name, tuple(_node(each) for each in parsed.args), gives)
        case "AggregateExpr":
            modifier, parameter = parsed.modifier, parsed.param
            return Aggregate(
                str(parsed.op),
                _node(parsed.expr),
                _node(parameter) if parameter is not None else None,
                tuple(modifier.labels) if modifier else (),
                bool(modifier) and str(modifier.type).endswith("Without"),
            )
        case "BinaryExpr":
            modifier = parsed.modifier
            return Binary(
                str(parsed.op),
                _node(parsed.lhs),
                _node(parsed.rhs),
                _matching(modifier),
                bool(modifier and modifier.return_bool),
            )
    raise QueryError("bad_data", f"{type(parsed).__name__} is not supported by this stand-in of Prometheus")


def _selector(parsed: Any) -> Selector:
    named = (LabelMatcher(NAME, "=", parsed.name),) if parsed.name else ()
    groups = [parsed.matchers.matchers, *parsed.matchers.or_matchers]
    made = [tuple(_matcher(each) for each in group) for group in groups if group or not groups[1:]]
    return Selector(tuple((*named, *group) for group in made), _offset(parsed), _at(parsed))


def _matcher(parsed: Any) -> LabelMatcher:
    return LabelMatcher(parsed.name, _OPERATORS[str(parsed.op).rpartition(".")[2]], parsed.value)


def _offset(parsed: Any) -> float:
    return float(parsed.offset.total_seconds()) if parsed.offset else 0.0


def _at(parsed: Any) -> At:
    if not parsed.at:
        return None
    kind = str(parsed.at.type).rpartition(".")[2]
    if kind == "At":
        return float(parsed.at.at.timestamp())
    return "start" if kind == "Start" else "end"


def _matching(modifier: Any) -> Matching:
    if modifier is None:
        return Matching()
    labels = modifier.matching
    cardinality = str(modifier.card).rpartition(".")[2]
    many: dict[str, Literal["left", "right"]] = {"ManyToOne": "left", "OneToMany": "right"}
    return Matching(
        tuple(labels.labels) if labels else (),
        bool(labels) and str(labels.type).endswith("Include"),
        many.get(cardinality, ""),
        tuple(modifier.group_labels or ()),
    )
