"""Manifests with something wrong in them: a number and a seed give one case, always the same.

A case is one of the manifests beside this file, changed at random places: a field removed, emptied, of another type,
unknown, out of its range, twice in its list, or one that the schema knows and the manifest has not.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

Object = dict[str, Any]
Place = tuple[str | int, ...]
Definitions = dict[str, Any]

SEED = 2024
CURRENT = "the one that the object has by then"
"""A resourceVersion that whoever sends the case has to fill in."""
NAMES = (
    "UPPER", "a..b", "-a", "a-", "x" * 64, "x" * 254, "has space", "under_score", "ümlaut", "a/b", "a/b/c", "/a", "1",
    "a.b", "*", "*.a.b", "a%b", "..", "12345", "A_B", "1.2.3.4", "10.0.0.0/8", "true", "http", "None",
)  # fmt: skip
NUMBERS = (-1, -5, 0, 1, 2, 7, 1.5, 65535, 65536, 70000, 2**31 - 1, 2**31, 2**40, 10**12)
QUANTITIES = ("0", "-1", "1.5Gi", "abc", "1e3", "100m", "1Gib", "", "0.5", "12E", "1 Gi", 3, 0.5)
SCALARS = ("text", "", 5, -1, 1.5, True, False)
WAYS = (
    ("create", 64), ("update", 12), ("merge", 6), ("strategic", 5), ("json", 3), ("apply", 7), ("status", 3),
)  # fmt: skip
METADATA: tuple[tuple[str, Any], ...] = (
    ("generateName", "made-"),
    ("finalizers", ["example.com/keep"]),
    ("finalizers", ["bad finalizer"]),
    ("finalizers", ["nodomain"]),
    ("ownerReferences", [{"apiVersion": "v1", "kind": "ConfigMap", "name": "a", "uid": "b"}]),
    ("ownerReferences", [{"apiVersion": "v1", "kind": "ConfigMap", "name": "a"}]),
    ("ownerReferences", [{"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "b"}]),
    ("ownerReferences", 2 * [{"apiVersion": "v1", "kind": "Pod", "name": "a", "uid": "b", "controller": True}]),
    ("labels", {"a b": "c"}),
    ("labels", {"a": "b c"}),
    ("labels", {"a": 1}),
    ("labels", {"example.com/" + "x" * 64: "c"}),
    ("labels", {"a": "x" * 64}),
    ("labels", {"a": None}),
    ("annotations", {"a b": "c"}),
    ("annotations", {"a": "x" * 270_000}),
    ("annotations", {"a": True}),
    ("uid", "5f3ba16a-0000-4000-8000-000000000000"),
    ("resourceVersion", "1"),
    ("resourceVersion", "text"),
    ("generation", 7),
    ("generation", -1),
    ("creationTimestamp", "yesterday"),
    ("creationTimestamp", None),
    ("deletionTimestamp", "2024-01-01T00:00:00Z"),
    ("deletionGracePeriodSeconds", -3),
    ("managedFields", [{"manager": "a", "operation": "Nothing"}]),
    ("managedFields", [{}]),
    ("selfLink", "/a"),
    ("namespace", "elsewhere"),
    ("namespace", ""),
    ("name", ""),
    ("name", None),
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """`way`: how `body` is sent; all but "create" write over `base`, which is created first."""

    number: int
    kind: str
    way: str
    base: Object
    body: Any
    reported: str


@cache
def manifests() -> tuple[str, ...]:
    """The manifests, each as JSON with NNN where a number belongs."""
    text = Path(__file__).with_name("manifests.yaml").read_text()
    return tuple(json.dumps(one) for one in yaml.safe_load_all(text))


def custom_definition() -> Object:
    """The CustomResourceDefinition of the custom objects among the manifests."""
    found: Object = yaml.safe_load(Path(__file__).with_name("custom.yaml").read_text())
    return found


def case(number: int, definitions: Definitions, seed: int = SEED, bases: tuple[str, ...] = ()) -> Case:
    """Case `number` of a seed; `definitions` are those of the real server's /openapi/v2."""
    chance = random.Random(f"{seed}:{number}")
    bases = bases or manifests()
    text = bases[number % len(bases)].replace("NNN", str(number))
    base: Object = json.loads(text)
    ways, weights = zip(*WAYS, strict=True)
    way = chance.choices(ways, weights)[0]
    if way == "status":
        base, mutated, reported = _status(chance, base, definitions)
    else:
        mutated = copy.deepcopy(base)
        times = chance.choices((0, 1, 2, 3), (3, 70, 20, 7))[0]
        reported = "; ".join(_mutate(chance, mutated, definitions) for _ in range(times)) or "nothing"
    if way in ("update", "status") and chance.random() < 0.8 and isinstance(mutated.get("metadata"), dict):
        mutated["metadata"].setdefault("resourceVersion", CURRENT)
    return Case(
        number, f"{base['apiVersion']} {base['kind']}", way, base, _body(way, base, mutated), reported
    )


def _status(chance: random.Random, base: Object, definitions: Definitions) -> tuple[Object, Object, str]:
    mutated = copy.deepcopy(base)
    schema = _resolved(_schema_of(base, definitions), definitions)
    status = _resolved((schema.get("properties") or {}).get("status") or {}, definitions)
    mutated["status"] = _made(chance, status, definitions, 0) if status.get("properties") else {"crew": 1}
    reported = _mutate(chance, mutated["status"], definitions) if mutated["status"] else ""
    return base, mutated, f"status: {reported}"


def _body(way: str, base: Object, mutated: Object) -> Any:
    if way in ("merge", "strategic"):
        return _merge_patch(base, mutated)
    if way == "json":
        return list(_json_patch(base, mutated, ""))
    return mutated


def _merge_patch(old: Any, new: Any) -> Any:
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    removed = {name: None for name in old if name not in new}
    changed = {name: _merge_patch(old.get(name), new[name]) for name in new if old.get(name) != new[name]}
    return {**removed, **changed}


def _json_patch(old: Any, new: Any, at: str) -> Iterator[Object]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old:
            path = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in new:
                yield {"op": "remove", "path": path}
            elif old[name] != new[name]:
                yield from _json_patch(old[name], new[name], path)
        for name in new:
            if name not in old:
                path = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
                yield {"op": "add", "path": path, "value": new[name]}
    else:
        yield {"op": "replace", "path": at, "value": new}


def _places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every place of an object but its type."""
    if at:
        yield at
    inner: Any = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, item in inner:
        if at or name not in ("apiVersion", "kind"):
            yield from _places(item, (*at, name))


def _mutate(chance: random.Random, obj: Object, definitions: Definitions) -> str:
    """Change `obj`, and report how."""
    kind = chance.random()
    if kind < 0.07 and "metadata" in obj:
        name, value = chance.choice(METADATA)
        if not isinstance(obj["metadata"], dict):
            return "nothing"
        obj["metadata"][name] = copy.deepcopy(value)
        return f"metadata.{name} = {json.dumps(value)[:60]}"
    if kind < 0.27 and obj.get("kind"):
        return _add_known(chance, obj, definitions)
    places = [at for at in _places(obj) if at[0] != "metadata" or chance.random() < 0.3]
    if not places:
        return "nothing"
    at = chance.choice(places)
    value = _at(obj, at)
    actions = _actions(value, at)
    name, action = chance.choice(actions)
    return f"{'.'.join(map(str, at))}: {name} {_act(chance, obj, at, action)}"


def _at(obj: Any, at: Place) -> Any:
    for step in at:
        obj = obj[step]
    return obj


_REMOVED = object()
Action = Callable[[random.Random, Any], Any]


def _act(chance: random.Random, obj: Object, at: Place, action: Action) -> str:
    parent = _at(obj, at[:-1])
    new = action(chance, copy.deepcopy(parent[at[-1]]))
    if new is _REMOVED:
        del parent[at[-1]]
        return ""
    parent[at[-1]] = new
    return json.dumps(new)[:80]


def _actions(value: Any, at: Place) -> list[tuple[str, Action]]:
    actions: list[tuple[str, Action]] = [
        ("removed", lambda chance, old: _REMOVED),
        ("removed", lambda chance, old: _REMOVED),
        ("null", lambda chance, old: None),
        ("other type", _other_type),
    ]
    if isinstance(value, dict):
        actions += [
            ("unknown field", lambda chance, old: {**old, "unheardOf": chance.choice((1, "a", {}, None))}),
            ("emptied", lambda chance, old: {}),
            ("key renamed", _renamed),
        ]
    elif isinstance(value, list):
        actions += [
            ("emptied", lambda chance, old: []),
            ("doubled", lambda chance, old: [*old, *copy.deepcopy(old[:1])]),
            ("null item", lambda chance, old: [*old, None]),
            ("empty item", lambda chance, old: [*old, {} if old and isinstance(old[0], dict) else ""]),
        ]
    elif isinstance(value, bool):
        actions += 4 * [("flipped", lambda chance, old: not old)]
    elif isinstance(value, int | float):
        actions += 6 * [("number", lambda chance, old: chance.choice(NUMBERS))]
    elif isinstance(value, str):
        actions += [
            ("empty", lambda chance, old: ""),
            ("case", lambda chance, old: old.swapcase()),
            ("longer", lambda chance, old: old + "x"),
            *3 * [("name", lambda chance, old: chance.choice(NAMES))],
        ]
        if any(letter.isdigit() for letter in value) and len(value) < 8:
            actions += 3 * [("quantity", lambda chance, old: chance.choice(QUANTITIES))]
    return actions


def _other_type(chance: random.Random, old: Any) -> Any:
    made = (*SCALARS, [], {}, ["a"], {"a": "b"}, [{}])
    return copy.deepcopy(chance.choice([one for one in made if type(one) is not type(old)]))


def _renamed(chance: random.Random, old: Object) -> Object:
    if not old:
        return {"a": "b"}
    gone = chance.choice(sorted(old))
    return {**{name: item for name, item in old.items() if name != gone}, gone + "X": old[gone]}


def _resolved(schema: Any, definitions: Definitions) -> Object:
    while isinstance(schema, dict) and "$ref" in schema:
        schema = definitions.get(schema["$ref"].rpartition("/")[2], {})
    return schema if isinstance(schema, dict) else {}


_KINDS: dict[int, dict[tuple[str, str], Object]] = {}


def _schema_of(obj: Object, definitions: Definitions) -> Object:
    if id(definitions) not in _KINDS:
        named = {}
        for schema in definitions.values():
            for reported in schema.get("x-kubernetes-group-version-kind") or ():
                version = (
                    f"{reported['group']}/{reported['version']}" if reported["group"] else reported["version"]
                )
                named[version, reported["kind"]] = schema
        _KINDS[id(definitions)] = named
    return _KINDS[id(definitions)].get((obj["apiVersion"], obj["kind"]), {})


def _add_known(chance: random.Random, obj: Object, definitions: Definitions) -> str:
    """A field that the kind has and the manifest has not, with a value of its type."""
    found: list[tuple[Object, str, Object, str]] = []

    def walk(value: Any, schema: Object, at: str) -> None:
        schema = _resolved(schema, definitions)
        if isinstance(value, dict):
            known = schema.get("properties") or {}
            for name, inner in known.items():
                if name not in value and at not in ("", ".metadata") and name != "status":
                    found.append((value, name, inner, f"{at}.{name}"))
            for name, item in value.items():
                walk(item, known.get(name) or schema.get("additionalProperties") or {}, f"{at}.{name}")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                walk(item, schema.get("items") or {}, f"{at}[{index}]")

    walk(obj, _schema_of(obj, definitions), "")
    if not found:
        return "nothing"
    place, name, schema, at = chance.choice(found)
    place[name] = _made(chance, schema, definitions, 0)
    return f"{at} added: {json.dumps(place[name])[:100]}"


def _made(chance: random.Random, schema: Object, definitions: Definitions, depth: int) -> Any:
    """A value of a schema, which need not be a sensible one."""
    reference = str(schema.get("$ref", ""))
    schema = _resolved(schema, definitions)
    kind = schema.get("type")
    if reference.endswith("resource.Quantity"):
        return chance.choice(QUANTITIES)
    if schema.get("format") == "int-or-string":
        return chance.choice((1, "10%", "http", "", 0, -1))
    if kind == "string":
        if schema.get("format") == "date-time":
            return chance.choice(("2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000000Z", "now", ""))
        return chance.choice((*NAMES, "", "a", "b", "example.com/a"))
    if kind in ("integer", "number"):
        return chance.choice(NUMBERS)
    if kind == "boolean":
        return chance.random() < 0.7
    if kind == "array":
        items = schema.get("items") or {}
        return [_made(chance, items, definitions, depth + 1) for _ in range(chance.choice((0, 1, 1, 2)))]
    more = schema.get("additionalProperties")
    if more:
        return {chance.choice(("a", "cpu", "a b")): _made(chance, more, definitions, depth + 1)}
    known = schema.get("properties") or {}
    wanted = [name for name in known if name in (schema.get("required") or ()) or chance.random() < 0.4]
    if depth > 4:
        return {}
    return {name: _made(chance, known[name], definitions, depth + 1) for name in wanted}
