"""Roles and bindings, evaluated: whether a user may do something, and all that they may do.

From the reference "Using RBAC Authorization" of kubernetes.io; words as kube-apiserver has them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runner.practice.machinery.errors import ApiError, forbidden, not_found
from runner.practice.machinery.request_attributes import Attributes
from runner.practice.machinery.store import Key, Store
from runner.practice.machinery.users import User, account_name

Object = dict[str, Any]

GROUP = "rbac.authorization.k8s.io"
ROLES, CLUSTER_ROLES = f"roles.{GROUP}", f"clusterroles.{GROUP}"
BINDINGS, CLUSTER_BINDINGS = f"rolebindings.{GROUP}", f"clusterrolebindings.{GROUP}"


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is that of a SubjectAccessReview: what allowed it, or which roles are missing."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """A rule that a user has, and the words for where from; or, without a rule, a role that is missing.

    Of that `source` is what the server says where it decides, and `stored` what it says where it looks for what may be
    granted: the real one reads roles there in another way, which calls them otherwise.
    """

    source: str
    rule: Object | None
    stored: str = ""


class Authorizer:
    """Decides by the roles and bindings in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def decide(self, user: User, asked: Attributes) -> Decision:
        """Whether `user` may do what is asked. system:masters may, without a look at any role."""
        if user.master:
            return Decision(True)
        missing: dict[str, None] = {}
        for grant in self.grants(user, asked.namespace):
            if grant.rule is None:
                missing[grant.source] = None
            elif allows(grant.rule, asked):
                return Decision(True, f"RBAC: allowed by {grant.source}")
        return Decision(False, f"RBAC: {_aggregate(list(missing))}" if missing else "")

    def check(self, user: User, asked: Attributes) -> None:
        """Raises ApiError (403) if `user` may not."""
        if user.master:
            return
        decision = self.decide(user, asked)
        if not decision.allowed:
            raise denial(user, asked, decision.reason)

    def rules(self, user: User, namespace: str, *, stored: bool = False) -> tuple[list[Object], str]:
        """Every rule that `user` has in a namespace ("": cluster-wide ones only), and what is missing, in words."""
        found = list(self.grants(user, namespace))
        missing = (grant for grant in found if grant.rule is None)
        errors = dict.fromkeys(grant.stored if stored else grant.source for grant in missing)
        return [grant.rule for grant in found if grant.rule is not None], _aggregate(list(errors))

    def grants(self, user: User, namespace: str) -> Iterator[Grant]:
        """The rules of ClusterRoleBindings, then of the namespace's RoleBindings."""
        for binding in self._store.list(CLUSTER_BINDINGS):
            yield from self._granted(binding, user, "")
        if namespace:
            for binding in self._store.list(BINDINGS, namespace):
                yield from self._granted(binding, user, namespace)

    def _granted(self, binding: Object, user: User, namespace: str) -> Iterator[Grant]:
        subject = next((s for s in binding.get("subjects") or () if _is(s, user, namespace)), None)
        if subject is None:
            return
        try:
            rules = self.rules_of(binding["roleRef"], namespace)
        except ApiError as error:
            reference = binding["roleRef"]
            text = f'{reference["kind"].lower()}.{GROUP} "{reference["name"]}" not found'
            yield Grant(text, None, error.message)
            return
        source = _source(binding, subject, namespace)
        for rule in rules:
            yield Grant(source, rule)

    def rules_of(self, reference: Object, namespace: str) -> Sequence[Object]:
        """The rules of the role that a binding refers to. Raises ApiError (404)."""
        name = reference.get("name", "")
        local = reference.get("kind") == "Role"
        key = Key(ROLES, namespace, name) if local else Key(CLUSTER_ROLES, "", name)
        role = self._store.get(key)
        if role is None:
            raise not_found(key.resource, name)
        return role.get("rules") or ()


def denial(user: User, asked: Attributes, reason: str = "") -> ApiError:
    """403, in kube-apiserver's words."""
    if asked.path:
        text = f'User "{user.name}" cannot {asked.verb} path "{asked.path}"'
        message = f"forbidden: {text}: {reason}" if reason else f"forbidden: {text}"
        return ApiError(403, "Forbidden", message, {})
    where = f'in the namespace "{asked.namespace}"' if asked.namespace else "at the cluster scope"
    text = (
        f'User "{user.name}" cannot {asked.verb} resource "{asked.full_resource}"'
        f' in API group "{asked.group}" {where}'
    )
    resource = f"{asked.resource}.{asked.group}" if asked.group else asked.resource
    return forbidden(resource, asked.name, f"{text}: {reason}" if reason else text)


def allows(rule: Object, asked: Attributes) -> bool:
    """Whether one rule allows what is asked."""
    verbs = rule.get("verbs") or ()
    if asked.verb not in verbs and "*" not in verbs:
        return False
    if asked.path:
        return any(url_covers(url, asked.path) for url in rule.get("nonResourceURLs") or ())
    groups, names = rule.get("apiGroups") or (), rule.get("resourceNames") or ()
    if asked.group not in groups and "*" not in groups:
        return False
    if names and asked.name not in names:
        return False
    resources = rule.get("resources") or ()
    wanted = {"*", asked.full_resource}
    if asked.subresource:
        wanted.add(f"*/{asked.subresource}")
    return not wanted.isdisjoint(resources)


def url_covers(pattern: str, path: str) -> bool:
    """`/healthz/*` covers what begins with `/healthz/`; no star stands elsewhere than at the end."""
    return pattern in ("*", path) or (pattern.endswith("*") and path.startswith(pattern.rstrip("*")))


def _is(subject: Object, user: User, namespace: str) -> bool:
    kind, name = subject.get("kind"), subject.get("name", "")
    if kind == "User":
        return bool(user.name == name)
    if kind == "Group":
        return name in user.groups
    home = subject.get("namespace") or namespace
    return kind == "ServiceAccount" and bool(home) and user.name == account_name(home, name)


def _source(binding: Object, subject: Object, namespace: str) -> str:
    name, reference, who = binding["metadata"]["name"], binding["roleRef"], subject["name"]
    if subject["kind"] == "ServiceAccount":
        who = f"{who}/{subject.get('namespace') or namespace}"
    kind, called = ("RoleBinding", f"{name}/{namespace}") if namespace else ("ClusterRoleBinding", name)
    return f'{kind} "{called}" of {reference["kind"]} "{reference["name"]}" to {subject["kind"]} "{who}"'


def _aggregate(errors: Sequence[str]) -> str:
    return errors[0] if len(errors) == 1 else f"[{', '.join(errors)}]" if errors else ""
