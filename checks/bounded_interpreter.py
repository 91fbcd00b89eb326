"""Evaluates JMESPath expressions with a cost limit. Imported only when an expression is evaluated."""

from __future__ import annotations

from typing import Any

from jmespath.visitor import TreeInterpreter

_DEEP = frozenset({"to_string", "contains", "join", "sort", "reverse", "starts_with", "ends_with"})
"""Functions that read all of their arguments, not only the first level."""


class TooMuch(Exception):
    """The expression exceeds its limits."""


class BoundedInterpreter(TreeInterpreter):  # type: ignore[misc]
    """The library's interpreter with counters; one instance per evaluation.

    `most_work` limits the steps, `most_made` the values in newly created results. Raises TooMuch beyond either.
    """

    def __init__(self, most_work: int, most_made: int) -> None:
        super().__init__()
        self._most_work, self._most_made = most_work, most_made
        self._work = 0
        self._sizes: dict[int, tuple[object, int]] = {}  # by identity, with the value, so that it stays

    def visit(self, node: Any, *args: Any, **kwargs: Any) -> Any:
        self._charge(1)
        return super().visit(node, *args, **kwargs)

    def visit_multi_select_list(self, node: Any, value: Any) -> Any:
        return self._made(super().visit_multi_select_list(node, value))

    def visit_multi_select_dict(self, node: Any, value: Any) -> Any:
        return self._made(super().visit_multi_select_dict(node, value))

    def visit_flatten(self, node: Any, value: Any) -> Any:
        flat = super().visit_flatten(node, value)
        self._charge(len(flat or ()))
        return flat

    def visit_comparator(self, node: Any, value: Any) -> Any:
        left, right = (self.visit(child, value) for child in node["children"])
        self._charge(min(self._size(left), self._size(right)))  # it ends at the first difference
        operands = [{"type": "literal", "children": [], "value": each} for each in (left, right)]
        return super().visit_comparator({**node, "children": operands}, value)

    def visit_function_expression(self, node: Any, value: Any) -> Any:
        arguments = [self.visit(child, value) for child in node["children"]]
        if node["value"] in _DEEP:
            self._charge(sum(self._size(each) for each in arguments))
        self._charge(sum(len(each) for each in arguments if isinstance(each, list | dict)))
        return self._made(self._functions.call_function(node["value"], arguments))

    def _charge(self, work: int) -> None:
        self._work += work
        if self._work > self._most_work:
            raise TooMuch

    def _made(self, value: Any) -> Any:
        """Count a newly created value against the limit."""
        if self._size(value) > self._most_made:
            raise TooMuch
        return value

    def _size(self, value: Any) -> int:
        """How many values it contains when written out. Sizes are cached."""
        if isinstance(value, str):
            return 1 + len(value) // 8
        if not isinstance(value, list | dict):
            return 1
        known = self._sizes.get(id(value))
        if known is None:
            self._charge(len(value))
            inside = value.values() if isinstance(value, dict) else value
            known = self._sizes[id(value)] = (value, 1 + sum(self._size(each) for each in inside))
        return known[1]
