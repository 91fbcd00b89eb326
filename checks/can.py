"""Checks whether a user is allowed to do something in the cluster."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from checks.base import (
    AccessRequest,
    CannotRead,
    Check,
    Decision,
    Finding,
    Object,
    ObjectRef,
    Outcome,
    Verdict,
    World,
)
from checks.diagnosis.absent import slip_of_the_key
from checks.diagnosis.evidence import ref
from checks.object_fields import Name, Namespace, at, mappings_at, text_at
from checks.permission_words import resource_name, task
from checks.phrase import Phrase, phrase
from checks.sentences import Sentence, named, placed

_ACCOUNT = re.compile(r"system:serviceaccount:([^:]+):([^:]+)")
_BINDING = re.compile(
    r'allowed by (RoleBinding|ClusterRoleBinding) "([^"/]+)(?:/([^"]+))?" of (\w+) "([^"]+)"'
)
"""How RBAC reports which binding allowed it (plugin/pkg/auth/authorizer/rbac/rbac.go)."""
_RBAC = "rbac.authorization.k8s.io/v1"


class Action(BaseModel):
    """An action, as in `kubectl auth can-i`."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"oneOf": [{"required": ["resource"]}, {"required": ["path"]}]},
    )

    verb: Annotated[
        str,
        Field(
            pattern=r"^([a-z]+|\*)$",
            max_length=63,
            description="get, list, watch, create, update, patch, delete, …",
        ),
    ]
    resource: Annotated[
        str | None,
        Field(
            pattern=r"^([a-z0-9][-a-z0-9.]*|\*)(/[a-z]+)?$",
            max_length=253,
            description=(
                "The resource in the plural, with its group if the name is not unique, and "
                "with its subresource: pods, deployments.apps, pods/log."
            ),
        ),
    ] = None
    name: Annotated[Name | None, Field(description="The name of one object. Default: any.")] = None
    namespace: Annotated[
        Namespace | None,
        Field(
            alias="in", description=("The namespace. Default: all namespaces, and cluster-scoped resources.")
        ),
    ] = None
    path: Annotated[
        str | None,
        Field(
            pattern=r"^/\S*$",
            max_length=253,
            description="A path of the API server instead of a resource: /metrics.",
        ),
    ] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.resource is None) == (self.path is None):
            raise PydanticCustomError("can_target", "needs a resource or a path, and not both")
        if self.path is not None and (self.name is not None or self.namespace is not None):
            raise PydanticCustomError("can_target", "a path has no name and no namespace")
        return self


class Can(Check):
    """A user is allowed to do something, or is not, as the cluster's authorization decides (`kubectl auth can-i`).

    The user of the lab's kubeconfig needs permission to create subjectaccessreviews, as administrators have.
    """

    subject: ClassVar[str] = "can"
    interval: ClassVar[float | None] = 2.0
    examples: ClassVar[str] = """
# A service account may read the pods of its namespace, and delete none.
- {can: {verb: list, resource: pods, in: shop}, as: "system:serviceaccount:shop:viewer"}
- {can: {verb: delete, resource: pods, in: shop}, as: "system:serviceaccount:shop:viewer", allowed: false}
# A user, by a group; one object; a subresource.
- {can: {verb: update, resource: deployments.apps, in: shop, name: web}, as: dev, groups: [developers]}
- {can: {verb: get, resource: pods/log, in: shop}, as: dev}
# A path of the API server.
- {can: {verb: get, path: /metrics}, as: "system:serviceaccount:monitoring:prometheus"}
"""

    can: Annotated[Action, Field(description="{verb, resource, in, name}, or {verb, path}.")]
    user: Annotated[
        str,
        Field(
            alias="as",
            min_length=1,
            max_length=500,
            description=(
                "The user, as for kubectl's --as: a user name, or "
                "system:serviceaccount:NAMESPACE:NAME. A service account's own groups, and "
                "system:authenticated, are implied."
            ),
        ),
    ]
    groups: Annotated[tuple[str, ...], Field(max_length=50, description="Groups that the user is in.")] = ()
    allowed: Annotated[bool, Field(description="false: it must not be allowed.")] = True

    @property
    def wants_absence(self) -> bool:
        return not self.allowed

    def describe(self) -> Phrase:
        what = self.can.path or "/".join(each for each in (self.can.resource, self.can.name) if each)
        message = {"user": self.user, "verb": self.can.verb, "what": what, "namespace": self.can.namespace}
        if self.can.namespace:
            return (
                phrase("{user} may {verb} {what} (namespace {namespace})", **message)
                if self.allowed
                else phrase("{user} may not {verb} {what} (namespace {namespace})", **message)
            )
        return (
            phrase("{user} may {verb} {what}", **message)
            if self.allowed
            else phrase("{user} may not {verb} {what}", **message)
        )

    @property
    def place(self) -> str:
        return self.can.namespace or ""

    def sentence(self, *, under_place: bool = False) -> Sentence:
        account = _ACCOUNT.fullmatch(self.user)
        thing: Phrase | str = self.can.path or f"{self.can.resource}/{self.can.name}"
        if self.can.resource and not self.can.name:
            thing = resource_name(self.can.resource)
        what = placed(phrase("{thing}", thing=thing), "" if under_place else self.place)
        values = {
            "user": named("ServiceAccount", account[2]) if account else self.user,
            "task": task(self.can.verb, what),
        }
        if self.allowed:
            return Sentence(
                phrase("{user} must be allowed to {task}", **values),
                phrase("{user} is allowed to {task}", **values),
            )
        return Sentence(
            phrase("{user} must not be allowed to {task}", **values),
            phrase("{user} is not allowed to {task}", **values),
        )

    async def evaluate(self, world: World) -> Outcome:
        decision = await world.cluster.decide(self._request())
        verdict = Verdict.PASSED if decision.allowed is self.allowed else Verdict.FAILED
        return Outcome(verdict, self.describe(), _in_words(decision))

    async def diagnose(self, world: World) -> tuple[Finding, ...]:
        if not self.allowed:
            return _allowed_by((await world.cluster.decide(self._request())).reason)
        found = await self._no_account(world) or await self._without_role(world)
        return (found,) if found else ()

    def _request(self) -> AccessRequest:
        can = self.can
        return AccessRequest(
            self.user,
            tuple(dict.fromkeys((*self.groups, *_own_groups(self.user)))),
            can.verb,
            can.resource or "",
            can.namespace or "",
            can.name or "",
            can.path or "",
        )

    async def _no_account(self, world: World) -> Finding | None:
        """A service account that does not exist: its bindings allow something, but it has no tokens."""
        account = _ACCOUNT.fullmatch(self.user)
        if (
            account is None
            or await world.cluster.get("v1", "ServiceAccount", account[2], account[1]) is not None
        ):
            return None
        near = slip_of_the_key(await world.cluster.list("v1", "ServiceAccount", account[1]), account[2])
        return near or Finding(
            "no-service-account",
            phrase(
                "There is no ServiceAccount {name} in the namespace {namespace}",
                name=account[2],
                namespace=account[1],
            ),
            phrase(
                "Create it, and bind a role to it: {command}",
                command=f"kubectl create serviceaccount {account[2]} -n {account[1]}",
            ),
        )

    async def _without_role(self, world: World) -> Finding | None:
        """A binding that names the user but grants nothing here: its role is missing, or it is in another namespace."""
        try:
            bindings = [
                *await world.cluster.list(_RBAC, "RoleBinding"),
                *await world.cluster.list(_RBAC, "ClusterRoleBinding"),
            ]
            own = [each for each in bindings if self._is_named_in(each)]
            for binding in own:
                if finding := await _role_missing(world, binding):
                    return finding
        except CannotRead:
            return None
        elsewhere = [each for each in own if text_at(each, "metadata", "namespace")]
        if self.can.namespace and own == elsewhere and own:
            homes = sorted({text_at(each, "metadata", "namespace") for each in own})
            if self.can.namespace not in homes:
                return Finding(
                    "bound-in-another-namespace",
                    phrase("The RoleBindings are in other namespaces: {namespaces}", namespaces=tuple(homes)),
                    phrase(
                        "A RoleBinding grants permissions in its own namespace only: create one in "
                        "{namespace}.",
                        namespace=self.can.namespace,
                    ),
                    ref(own[0]),
                    homes[0],
                    "metadata.namespace",
                )
        return None

    def _is_named_in(self, binding: Object) -> bool:
        account = _ACCOUNT.fullmatch(self.user)
        for subject in mappings_at(binding, "subjects"):
            kind, name = text_at(subject, "kind"), text_at(subject, "name")
            home = text_at(subject, "namespace") or text_at(binding, "metadata", "namespace")
            if kind == "ServiceAccount" and account is not None and (home, name) == (account[1], account[2]):
                return True
            if (kind == "User" and name == self.user) or (kind == "Group" and name in self.groups):
                return True
        return False


def _own_groups(user: str) -> tuple[str, ...]:
    """The groups that the API server adds when a user signs in (SubjectAccessReview does not add them)."""
    if user == "system:anonymous":
        return ("system:unauthenticated",)
    account = _ACCOUNT.fullmatch(user)
    own = ("system:serviceaccounts", f"system:serviceaccounts:{account[1]}") if account else ()
    return (*own, "system:authenticated")


def _in_words(decision: Decision) -> Phrase:
    if not decision.reason:
        return phrase("It is allowed") if decision.allowed else phrase("It is not allowed")
    return (
        phrase("It is allowed: {reason}", reason=decision.reason)
        if decision.allowed
        else phrase("It is not allowed: {reason}", reason=decision.reason)
    )


def _allowed_by(reason: str) -> tuple[Finding, ...]:
    found = _BINDING.search(reason)
    if found is None:
        return ()
    kind, name, namespace, role_kind, role = found.groups()
    where = f" -n {namespace}" if role_kind == "Role" else ""
    return (
        Finding(
            "allowed-by-binding",
            phrase(
                "{kind} {name} allows it, by {role_kind} {role}",
                kind=kind,
                name=name,
                role_kind=role_kind,
                role=role,
            ),
            phrase(
                "Remove the verb from the role's rules, or the subject from the binding: {command}",
                command=f"kubectl edit {role_kind.lower()} {role}{where}",
            ),
            ObjectRef(kind, name, namespace or "", _RBAC),
            reason,
            source="API server",
        ),
    )


async def _role_missing(world: World, binding: Object) -> Finding | None:
    """The API server accepts a binding to a missing role without a warning."""
    kind, name = text_at(binding, "roleRef", "kind"), text_at(binding, "roleRef", "name")
    home = text_at(binding, "metadata", "namespace") if kind == "Role" else None
    if not name or await world.cluster.get(_RBAC, kind, name, home) is not None:
        return None
    return Finding(
        "role-missing",
        phrase("The binding refers to a role that does not exist: {kind} {name}", kind=kind, name=name),
        phrase(
            "Create that role, or delete the binding and bind the right one: a binding's roleRef can't be changed."
        ),
        ref(binding),
        str(at(binding, "roleRef")),
        "roleRef",
    )
