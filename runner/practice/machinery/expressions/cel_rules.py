"""Rules of a structural schema in CEL (`x-kubernetes-validations`): compiled with the definition, held with each write.

Words and order follow k8s.io/apiextensions-apiserver, pkg/apiserver/schema/cel/validation.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from runner.practice.machinery.errors import Cause
from runner.practice.machinery.expressions.expression import (
    Expression,
    ExpressionError,
    Variables,
    compiled,
    escaped,
    mentions,
    selections,
)

Object = dict[str, Any]
Schema = Mapping[str, Any]

RULES = "x-kubernetes-validations"
SINCE = 25
"""The minor since which servers know rules without being asked to; older ones drop them."""
BLOCKING = frozenset(
    {"FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany"}
    | {"FieldValueTypeInvalid"}
)
NOT_CHECKED = Cause(
    "<nil>",
    'Invalid value: "null": some validation rules were not checked because the object was invalid;'
    " correct the existing errors to complete validation",
)
_ABSENT: Any = object()
_TIMES = {"date-time": "timestamp", "duration": "duration"}
_KINDS = {"string": "string", "integer": "int", "boolean": "bool", "array": "list"}
_OPTIONAL = "cel.bind(oldSelf, size(oldSelf__) == 0 ? optional.none() : optional.of(oldSelf__[0]), {})"


def has_rules(schema: Any) -> bool:
    """Whether there are any in it, at whatever depth."""
    if isinstance(schema, Mapping):
        return bool(schema.get(RULES)) or any(has_rules(part) for part in schema.values())
    return isinstance(schema, list) and any(has_rules(part) for part in schema)


def broken_rules(value: Any, schema: Schema, old: Any = None) -> list[Cause]:
    """What the rules do not allow of an object; `old` is what it replaces, None if it is new."""
    return list(_broken(value, schema, _ABSENT if old is None else old, "", root=True))


def _broken(value: Any, schema: Schema, old: Any, at: str, *, root: bool = False) -> Iterator[Cause]:
    if value is None:
        return
    rules = schema.get(RULES) or ()
    if rules:
        self_value = _own_value(value, schema, root=root)
        old_value = _ABSENT if old is _ABSENT or old is None else _own_value(old, schema, root=root)
        for rule in rules:
            yield from _held(rule, schema, self_value, old_value, at)
    if isinstance(value, dict):
        known, more = schema.get("properties") or {}, schema.get("additionalProperties")
        before = old if isinstance(old, dict) else {}
        for name, inner in sorted(value.items()):
            part = known.get(name, more)
            if isinstance(part, Mapping) and not (root and name == "metadata"):
                place = (f"{at}.{name}" if at else name) if name in known else f"{at}[{name}]"
                yield from _broken(inner, part, before.get(name, _ABSENT), place)
    elif isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        for index, inner in enumerate(value):
            yield from _broken(inner, schema["items"], _earlier(inner, old, schema), f"{at}[{index}]")


def _earlier(item: Any, old: Any, schema: Schema) -> Any:
    """An item as it was before: known where the list is one of maps with keys."""
    keys = schema.get("x-kubernetes-list-map-keys") or ()
    if schema.get("x-kubernetes-list-type") != "map" or not isinstance(old, list):
        return _ABSENT
    for each in old:
        if all(each.get(key) == item.get(key) for key in keys):
            return each
    return _ABSENT


def _held(rule: Object, schema: Schema, value: Any, old: Any, at: str) -> Iterator[Cause]:
    text = rule["rule"]
    optional = bool(rule.get("optionalOldSelf"))
    if mentions(text, "oldSelf") and old is _ABSENT and not optional:
        return
    kind = _shown_type(schema)
    values = {"self": value, "oldSelf": None if old is _ABSENT else old}
    values["oldSelf__"] = [] if old is _ABSENT else [old]
    output = rule.get("message") or text
    try:
        if _compiled(text, schema, optional=optional).evaluate(values):
            return
    except ExpressionError as error:
        why = f"{error} evaluating rule: {output}"
        if str(error) == "no such overload" and _holds_times(schema):
            return  # of a time further down: what can't be judged is let through
        if str(error).startswith("no such overload"):
            why = (
                f"'{error}': call arguments did not match a supported operator, function or macro signature"
                f" for rule: {output}"
            )
        yield Cause(at or "<nil>", f'Invalid value: "{kind}": {why}')
        return
    message = _message(rule, schema, values, optional=optional)
    yield _cause(rule, f"{at}{rule.get('fieldPath', '')}".lstrip(".") or "<nil>", kind, message)


def _message(rule: Object, schema: Schema, values: Object, *, optional: bool) -> str:
    text = rule.get("messageExpression")
    if text:
        try:
            found = _compiled(text, schema, optional=optional, result="string").evaluate(values)
        except ExpressionError:
            found = ""
        if isinstance(found, str) and found.strip() and "\n" not in found:
            return found
    return str(rule.get("message") or f"failed rule: {rule['rule'].strip()}")


def _cause(rule: Object, at: str, kind: str, message: str) -> Cause:
    reason = rule.get("reason") or "FieldValueInvalid"
    words = {
        "FieldValueForbidden": f"Forbidden: {message}",
        "FieldValueRequired": f"Required value: {message}",
        "FieldValueDuplicate": f'Duplicate value: "{kind}"',
    }
    return Cause(at, words.get(reason, f'Invalid value: "{kind}": {message}'), reason)


def _shown_type(schema: Schema) -> str:
    return str(schema.get("type") or ("" if schema.get("x-kubernetes-int-or-string") else "object"))


def _compiled(text: str, schema: Schema, *, optional: bool, result: str = "bool") -> Expression:
    if optional:
        text = _OPTIONAL.format(f"({text})")
    return compiled(text, _variables(schema), result)


def _variables(schema: Schema) -> Variables:
    kind = _KINDS.get(str(schema.get("type")), "dyn")
    if schema.get("x-kubernetes-int-or-string"):
        kind = "dyn"
    if kind == "string":
        kind = _TIMES.get(str(schema.get("format")), kind)
    return (("self", kind), ("oldSelf", kind), ("oldSelf__", "list"))


def _value(value: Any, schema: Schema, *, root: bool = False) -> Any:
    """As rules see it: properties by their escaped names, numbers as such also where they are whole."""
    if isinstance(value, dict):
        known, more = schema.get("properties") or {}, schema.get("additionalProperties")
        if root:
            meta = value.get("metadata") or {}
            kept = {name: meta[name] for name in ("name", "generateName") if name in meta}
            known = {**known, "apiVersion": {}, "kind": {}, "metadata": {"additionalProperties": True}}
            value = {**value, "metadata": kept}
        found: Object = {}
        for name, inner in value.items():
            if name in known:
                found[escaped(name)] = _value(inner, known[name])
            elif isinstance(more, Mapping):
                found[name] = _value(inner, more)
            elif more is True:
                found[name] = inner
        return found
    if isinstance(value, list):
        items = schema.get("items")
        return [_value(item, items) for item in value] if isinstance(items, Mapping) else value
    if schema.get("type") == "number" and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _own_value(value: Any, schema: Schema, *, root: bool) -> Any:
    """The value of the node that has the rules. Only there the library takes times: further down they stay texts."""
    kind = _TIMES.get(str(schema.get("format")))
    if kind is None or not isinstance(value, str):
        return _value(value, schema, root=root)
    try:
        return compiled(f"{kind}(text)", (("text", "string"),)).evaluate({"text": value})
    except ExpressionError:
        return value


def _holds_times(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        return schema.get("format") in _TIMES or any(_holds_times(part) for part in schema.values())
    return False


def problems_of_rules(schema: Schema, at: str) -> Iterator[Cause]:
    """What is wrong with the rules of a definition's schema; `at` is its path in the definition."""
    for index, rule in enumerate(schema.get(RULES) or ()):
        yield from _problems(rule, schema, f"{at}.{RULES}[{index}]")
    for name, part in (schema.get("properties") or {}).items():
        if isinstance(part, Mapping):
            yield from problems_of_rules(part, f"{at}.properties[{name}]")
    for field in ("items", "additionalProperties"):
        if isinstance(schema.get(field), Mapping):
            yield from problems_of_rules(schema[field], f"{at}.{field}")


def _problems(rule: Object, schema: Schema, at: str) -> Iterator[Cause]:
    text = rule.get("rule", "")
    if not text.strip():
        yield Cause(f"{at}.rule", "Required value: rule is not specified", "FieldValueRequired")
        return
    optional = bool(rule.get("optionalOldSelf"))
    for field, result in (("rule", "bool"), ("messageExpression", "string")):
        text = rule.get(field)
        if not text:
            continue
        shown = _go_rule(rule) if field == "rule" else json.dumps(text)
        try:
            _compiled(text, schema, optional=optional, result=result)
        except ExpressionError as error:
            why = str(error).replace(f"must evaluate to {result}", f"{field} must evaluate to a {result}")
            yield Cause(f"{at}.{field}", f"Invalid value: {shown}: {why}")
            continue
        for name in ("self", "oldSelf"):
            missing = next((m for path in selections(text, name) if (m := _unknown(path, schema, at))), None)
            if missing and not optional:
                column = text.find(f".{missing}")
                why = f"compilation failed: ERROR: <input>:1:{column + 1}: undefined field '{missing}'"
                why += f"\n | {text}\n | {'.' * column}^"
                yield Cause(f"{at}.{field}", f"Invalid value: {shown}: {why}")
                break


def _unknown(path: list[str], schema: Schema, at: str) -> str:
    """The first name of a path that the schema does not have; "" if it has all that can be known."""
    root = at.count(".properties[") == 0 and ".items" not in at
    for depth, name in enumerate(path):
        known = schema.get("properties")
        if not known or schema.get("additionalProperties") or schema.get("x-kubernetes-embedded-resource"):
            return ""
        names = {escaped(each): part for each, part in known.items()}
        if root and depth == 0 and name in ("apiVersion", "kind", "metadata"):
            return ""
        if name not in names:
            return "" if schema.get("x-kubernetes-preserve-unknown-fields") else name
        schema = names[name]
    return ""


def _go_rule(rule: Object) -> str:
    """A rule as Go writes its fields down."""
    fields = [
        f"{field}:{json.dumps(rule.get(name, ''), ensure_ascii=False)}"
        for field, name in (
            ("Rule", "rule"),
            ("Message", "message"),
            ("MessageExpression", "messageExpression"),
        )
    ]
    text = rule.get("reason")
    fields.append(f"Reason:{'(*apiextensions.FieldValueErrorReason)(nil)' if not text else json.dumps(text)}")
    fields.append(f"FieldPath:{json.dumps(rule.get('fieldPath', ''))}, OptionalOldSelf:(*bool)(nil)")
    return f"apiextensions.ValidationRule{{{', '.join(fields)}}}"
