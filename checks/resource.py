"""Any object of any kind, built in or brought by a CRD."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import CannotRead, Check, Finding, Object, ObjectRef, Outcome, Verdict, World, Written
from checks.counts import Between, HowMany
from checks.diagnosis.absent import why_absent
from checks.diagnosis.workload_causes import pod_findings
from checks.expressions import Expression, NotWorkedOut, true_of_nothing, value_of
from checks.namespace import OF_EVERY_CLUSTER
from checks.object_fields import (
    ABSENT,
    Name,
    Namespace,
    absent,
    exists,
    going,
    in_namespace,
    is_going,
    judge_absent,
    missing,
    name_of,
    namespace_is_missing,
)
from checks.partial import Difference, difference, fields, shown
from checks.phrase import Phrase, phrase
from checks.schema_rules import alone, never
from checks.selectors import Selector
from checks.sentences import (
    Sentence,
    as_asked,
    gone,
    labelled,
    named,
    placed,
    some_of,
)
from checks.sentences import exists as described
from checks.simple_conditions import Condition, field_now

KINDS_OF_EVERY_CLUSTER = frozenset({"APIService", "ClusterRole", "Namespace", "Node", "ServiceAccount"})
SOME_EVERYWHERE = frozenset(("v1", kind) for kind in ("ConfigMap", "Endpoints", "Pod", "Service"))
"""What every cluster has in one of its namespaces, by apiVersion and kind."""
_BOUND: Written = {"matches": {"status": {"phase": "Bound"}}}
_RUNS = "status.phase=='Running' || status.phase=='Succeeded'"


class Resource(Check):
    """An object of any kind exists and matches; or a number of them do; or none exists.

    If the cluster does not have the kind at all (its CRD is gone), none of its objects exists: `absent: true` passes,
    everything else fails. If the API server can't list its kinds, the check can't be judged.
    """

    model_config = ConfigDict(
        json_schema_extra=never(("name", "selector"), ("name", "count"), ("name", "names"))
        | alone("where", "count", "names")
    )

    subject: ClassVar[str] = "resource"
    examples: ClassVar[str] = """
# One object, and what must be in it. Lists in any order; what is not written does not matter.
- resource: Deployment
  api: apps/v1
  name: web
  title: {en: web reads MODE from the ConfigMap c, ko: web이 컨피그맵 c에서 MODE를 읽음}
  matches:
    spec:
      template:
        spec:
          containers:
            - env: [{name: MODE, valueFrom: {configMapKeyRef: {name: c, key: mode}}}]
# One object, and a JMESPath expression that must be true of it: https://jmespath.org
- resource: Gateway
  api: networking.istio.io/v1beta1
  name: bookinfo
  where: "spec.servers[0].port.number == `80`"
# All objects of a kind in a namespace: the expression is of their list.
- resource: Pod
  in: shop
  selector: app=web
  where: "length([?status.phase == 'Running']) >= `2`"
# So many, these among them, or none at all.
- {resource: ConfigMap, in: shop, count: {min: 2}, names: [settings]}
- {resource: VirtualService, api: networking.istio.io/v1beta1, in: shop, absent: true}
"""

    resource: Annotated[
        str,
        Field(
            pattern=r"^[A-Z][A-Za-z0-9]*$",
            max_length=63,
            description="The kind, as in its manifest: Gateway.",
        ),
    ]
    api: Annotated[
        str,
        Field(
            pattern=r"^([a-z0-9][-a-z0-9.]*/)?v[0-9]+((alpha|beta)[0-9]+)?$",
            description="The apiVersion, as in its manifest: networking.istio.io/v1beta1.",
        ),
    ] = "v1"
    name: Annotated[
        Name | None,
        Field(description=("Its name. Without a name, the check concerns all objects of the kind.")),
    ] = None
    namespace: Annotated[
        Namespace | None,
        Field(
            alias="in",
            description="Its namespace. Default: `default` with a name, otherwise all namespaces.",
        ),
    ] = None
    selector: Annotated[
        Selector, Field(description="Only objects with these labels, in the syntax of kubectl's -l.")
    ] = ""
    matches: Annotated[
        dict[str, Any] | None,
        Field(
            min_length=1,
            description="A partial object: what is written here must be in the object. Lists in any order; "
            "an empty list or mapping must be empty; null must not be set. In the status, 0, false and empty also fit "
            "what is not set (the API server leaves it out); quantities fit by their amount (1024Mi is 1Gi).",
        ),
    ] = None
    where: Annotated[
        Expression | None,
        Field(
            description="A JMESPath expression that must be true (not false, null, 0 or empty; a list: nor with a false or "
            "null in it) of the object, or of the list of objects where no name is given. The API server leaves zeros "
            "out of a status: compare (status.readyReplicas || `0`)."
        ),
    ] = None
    count: Annotated[
        HowMany | None,
        Field(description="How many objects there must be: a number, or {min: 1, max: 3}."),
    ] = None
    names: Annotated[
        tuple[Name, ...], Field(max_length=100, description="Names that the objects must include.")
    ] = ()
    absent: Annotated[bool, ABSENT] = False

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.count is not None and self.count.max is not None and len(set(self.names)) > self.count.max:
            raise PydanticCustomError("contradiction", "there are more names than count allows")
        if self.count is not None and self.count.none:
            raise PydanticCustomError("count_none", "for none, write absent: true")
        if self.name is not None and (self.selector or self.names or self.count is not None):
            raise PydanticCustomError(
                "one_or_many", "name is for one object; names, selector and count are for many"
            )
        if self.absent and (self.where is not None or self.count is not None or self.names):
            raise PydanticCustomError(
                "absent_alone", "what must not exist can't be counted or have anything in it"
            )
        if self.absent and self.name is not None and self.matches is not None:
            raise PydanticCustomError("absent_alone", "what must not exist can't match anything")
        return self

    def describe(self) -> Phrase:
        wanted = [absent() if self.absent else exists()]
        if self.count is not None:
            wanted = [phrase("count: {count}", count=self.count.in_words())]
        if self.names:
            named = phrase("names: {names}", names=self.names)
            wanted = [named] if self.count is None else [*wanted, named]
        if self.selector:
            wanted.append(phrase("labels: {labels}", labels=self.selector))
        if self.matches is not None:
            # the fields alone: their values may be what the learner is to find out
            wanted.append(
                phrase("{fields} as the step asks", fields=fields(self.matches), wanted=shown(self.matches))
            )
        if self.where is not None:
            wanted.append(phrase("condition: {expression}", expression=self.where))
        what = f"{self.resource} {self.name}" if self.name else self.resource
        if self.namespace:
            return phrase(
                "{what} (namespace {namespace}): {wanted}",
                what=what,
                namespace=self.namespace,
                wanted=tuple(wanted),
            )
        return phrase("{what}: {wanted}", what=what, wanted=tuple(wanted))

    def sentence(self, *, under_place: bool = False) -> Sentence:
        place = "" if under_place else self.place
        if self.name:
            what, plural = named(self.resource, self.name, place), False
        else:
            some, plural = some_of(self.resource, self.names, self.count, absent=self.absent)
            what = placed(labelled(some, self.selector), place)
        if self.absent:
            return gone(what, plural=plural)
        if self.matches is not None:
            return as_asked(what)
        if self.where is not None:
            condition = Condition.parse(self.where)
            return condition.sentence(what) if condition else as_asked(what)
        return described(what, plural=plural)

    def found_in_words(self, found: Phrase) -> Phrase | None:
        """Without expressions and parts of objects: what a single field is now, where that is what is wrong."""
        if isinstance(inner := found.values.get("difference"), Phrase):
            words = self.found_in_words(inner)
            return words and phrase("{name}: {difference}", name=found.values["name"], difference=words)
        if "expression" in found.values:
            return now if isinstance(now := found.values.get("now"), Phrase) else None
        if "path" in found.values:
            return field_now(str(found.values["path"]), found.values.get("found"))
        return found

    def about(self) -> ObjectRef:
        names = (self.name,) if self.name else self.names
        return ObjectRef(self.resource, (*names, "")[0], self.namespace or "", self.api, tuple(names[1:]))

    def never_fails(self) -> Phrase | None:
        if self.where is not None and true_of_nothing(self.where):
            return phrase("its expression is also true for an empty object: {where}", where=self.where)
        if self.where or self.matches or self.count or self.names or self.selector or self.absent:
            return None
        if self.resource == "Namespace" and self.name in OF_EVERY_CLUSTER:
            return phrase("every cluster has this namespace: {namespace}", namespace=self.name)
        anywhere = self.namespace is None and (self.api, self.resource) in SOME_EVERYWHERE
        if self.name is None and (anywhere or self.resource in KINDS_OF_EVERY_CLUSTER):
            return phrase("every cluster has objects of this kind: {kind}", kind=self.resource)
        return None

    @classmethod
    def existing(cls, ref: ObjectRef, *, done: bool = False) -> Written:
        """`done`: a pod runs, or has ended well."""
        runs = {"where": _RUNS} if done and (ref.kind, ref.api_version) == ("Pod", "v1") else {}
        return {**cls.of_kind(ref), "name": ref.name, **in_namespace(ref), **runs}

    @classmethod
    def made(cls, ref: ObjectRef, obj: Object) -> Iterator[Written]:
        """Pods and claims; of other kinds a manifest brings many, and one alone stands for nothing."""
        if ref.api_version != "v1" or ref.kind not in ("Pod", "PersistentVolumeClaim"):
            return
        yield cls.existing(ref, done=True) | ({} if ref.kind == "Pod" else _BOUND)
        yield cls.existing(ref)

    @classmethod
    def takes_time(cls, written: Mapping[str, Any]) -> bool:
        return written.get("resource") == "Pod"

    @classmethod
    def of_kind(cls, ref: ObjectRef) -> Written:
        """The kind alone, with its apiVersion where that must be said."""
        return {"resource": ref.kind, **({"api": ref.api_version} if ref.api_version != "v1" else {})}

    async def evaluate(self, world: World) -> Outcome:
        try:
            return await self._look(self.describe(), world)
        except CannotRead as error:
            if error.reason != "unknown-kind":
                raise
            # the API server has listed its kinds, and this is none of them: none of its objects exists
            verdict = Verdict.PASSED if self.absent else Verdict.FAILED
            return Outcome(verdict, self.describe(), error.message)

    async def _look(self, expected: Phrase, world: World) -> Outcome:
        if self.name is None:
            objects = await world.cluster.list(self.api, self.resource, self.namespace, self.selector)
            return await self._judge_list(expected, objects, world)
        obj = await world.cluster.get(self.api, self.resource, self.name, self.namespace)
        if self.absent:
            return judge_absent(expected, obj)
        if obj is None:
            return Outcome(
                Verdict.FAILED, expected, await missing(world, self.resource, self.name, self.namespace)
            )
        if is_going(obj):
            return going(expected)
        wrong = self._differs(obj) or self._not_true(obj)
        return (
            Outcome(Verdict.FAILED, expected, wrong) if wrong else Outcome(Verdict.PASSED, expected, exists())
        )

    async def _judge_list(self, expected: Phrase, objects: Sequence[Object], world: World) -> Outcome:
        differences = [difference(self.matches, obj) if self.matches else None for obj in objects]
        fitting = [obj for obj, differs in zip(objects, differences, strict=True) if differs is None]
        if self.absent:
            return _none_left(expected, fitting)
        staying = [obj for obj in fitting if not is_going(obj)]
        if not staying:
            return Outcome(Verdict.FAILED, expected, await self._nothing(objects, differences, world))
        if len(staying) not in (self.count or Between()):
            found = phrase("count: {count}: {names}", count=len(staying), names=_names(staying))
            return Outcome(Verdict.FAILED, expected, found)
        gone = tuple(name for name in self.names if name not in _names(staying))
        if gone:
            return Outcome(Verdict.FAILED, expected, phrase("Missing: {names}", names=gone))
        if wrong := self._not_true(staying):
            return Outcome(Verdict.FAILED, expected, wrong)
        return Outcome(
            Verdict.PASSED,
            expected,
            phrase("count: {count}: {names}", count=len(staying), names=_names(staying)),
        )

    async def _nothing(
        self, objects: Sequence[Object], differences: Sequence[Difference | None], world: World
    ) -> Phrase:
        near = [
            (differs.depth, name_of(obj), differs)
            for obj, differs in zip(objects, differences, strict=True)
            if differs is not None
        ]
        if near:
            _, name, differs = max(near, key=lambda entry: entry[0])
            return phrase("{name}: {difference}", name=name, difference=_in_words(differs))
        if self.namespace and await namespace_is_missing(world, self.namespace):
            return phrase("The namespace does not exist: {namespace}", namespace=self.namespace)
        return phrase("None exists: {kind}", kind=self.resource)

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        if self.absent:
            return ()
        if self.name is None:
            objects = await world.cluster.list(self.api, self.resource, self.namespace, self.selector)
        else:
            obj = await world.cluster.get(self.api, self.resource, self.name, self.namespace)
            if obj is None:
                return await why_absent(world, self.api, self.resource, self.name, self.namespace)
            objects = [obj]
        return await pod_findings(world, objects) if self._asks_for_a_status() else ()

    def _asks_for_a_status(self) -> bool:
        """Whether it asks for the status of the object: a failing pod explains nothing else."""
        return "status" in (self.matches or {}) or re.search(r"\bstatus\b", self.where or "") is not None

    def _differs(self, obj: Object) -> Phrase | None:
        differs = difference(self.matches, obj) if self.matches else None
        return _in_words(differs) if differs is not None else None

    def _not_true(self, subject: object) -> Phrase | None:
        if self.where is None:
            return None
        try:
            result = value_of(self.where, subject)
        except NotWorkedOut as error:
            return phrase(
                "{expression} can't be worked out: {reason}",
                expression=self.where,
                reason=error.reason,
            )
        if _is_true(result):
            return None
        condition = Condition.parse(self.where)
        now = condition.now(subject) if condition else None
        values = {} if now is None else {"now": now}
        return phrase("{expression}: {result}", expression=self.where, result=shown(result), **values)


def _in_words(differs: Difference) -> Phrase:
    """What is there and what should be; a whole part of an object that should be there is not reported: it is the answer."""
    found = phrase("not set") if differs.found is None else differs.found_text
    if isinstance(differs.expected, dict | list) and differs.expected:
        return phrase(
            "{path}: {found}; the step asks for something else there",
            path=differs.path,
            found=found,
            wanted=differs.expected_text,
        )
    if differs.expected is None:
        return phrase("{path}: {found}, and it must not be set", path=differs.path, found=found)
    return phrase(
        "{path}: {found}, wanted: {wanted}", path=differs.path, found=found, wanted=differs.expected_text
    )


def _is_true(result: object) -> bool:
    """A list of which one is false or null is not true: `[].status.ready` asks it of every one."""
    if isinstance(result, list):
        return bool(result) and not any(each is None or each is False for each in result)
    if isinstance(result, dict):  # {a: x, b: y} of an expression, with nothing in it
        return any(value is not None for value in result.values())
    return bool(result)


def _none_left(expected: Phrase, objects: Sequence[Object]) -> Outcome:
    if not objects:
        return Outcome(Verdict.PASSED, expected, absent())
    if all(is_going(obj) for obj in objects):
        return Outcome(Verdict.PENDING, expected, phrase("Being deleted, and not gone yet"))
    return Outcome(Verdict.FAILED, expected, phrase("Still there: {names}", names=_names(objects)))


def _names(objects: Sequence[Object]) -> tuple[str, ...]:
    return tuple(name_of(obj) for obj in objects)
