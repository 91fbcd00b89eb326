"""AuthorizationPolicies as Envoy's RBAC filters: what is denied first, then what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from runner.practice.mesh.mesh_view import Json, MeshProxy
from runner.practice.mesh.translation import authorization_matchers as matchers
from runner.practice.mesh.translation.authorization_matchers import HttpOnly, Place, permission, principal
from runner.practice.mesh.translation.envoy_types import extension
from runner.practice.mesh.translation.ineffective import Ineffective
from runner.practice.mesh.translation.mesh_index import MeshIndex

_ACTIONS = ("DENY", "ALLOW")

_SOURCE: dict[str, Callable[[Place, str], Json]] = {
    "principals": matchers.peer,
    "requestPrincipals": matchers.request_principal,
    "namespaces": matchers.namespace,
    "serviceAccounts": matchers.service_account,
    "ipBlocks": matchers.source_ip,
    "remoteIpBlocks": matchers.remote_ip,
}

_OPERATION: dict[str, Callable[[Place, str], Json]] = {
    "hosts": matchers.host,
    "ports": matchers.port,
    "methods": matchers.method,
    "paths": matchers.path,
}

_NOT = {name: f"not{name[0].upper()}{name[1:]}" for name in (*_SOURCE, *_OPERATION)}

_CLIENT_CONDITIONS: dict[str, Callable[[Place, str], Json]] = {
    "source.ip": matchers.source_ip,
    "remote.ip": matchers.remote_ip,
    "source.namespace": matchers.namespace,
    "source.principal": matchers.peer,
    "source.serviceAccount": matchers.service_account,
    "request.auth.principal": matchers.request_principal,
    "request.auth.audiences": matchers.claim(["aud"]),
    "request.auth.presenter": matchers.claim(["azp"]),
}

_REQUEST_CONDITIONS: dict[str, Callable[[Place, str], Json]] = {
    "destination.ip": matchers.destination_ip,
    "destination.port": matchers.port,
    "connection.sni": matchers.server_name,
}

_KEYED = re.compile(r"request\.(headers|auth\.claims)((?:\[[^\]]+\])+)")


class ProxyAuthorization:
    """Of one proxy: its filters for each place."""

    def __init__(self, index: MeshIndex, proxy: MeshProxy, ineffective: Ineffective) -> None:
        self._policies = index.of_workload("AuthorizationPolicy", proxy.workload)
        self._ineffective = ineffective
        self._routers = tuple(
            (other.uid, other.workload.ip)
            for other in index.view.proxies
            if other.type == "router" and other is not proxy
        )
        for policy in self._policies:
            if (policy.get("spec") or {}).get("action") == "CUSTOM":
                ineffective.add(
                    policy,
                    "CUSTOM is not supported on the practice cluster: external authorizers are not asked",
                )

    def http_filters(self, port: int | None) -> list[Json]:
        """For a port of the pod (None: any)."""
        return self._filters("http_rbac", Place(True, port, self._routers))

    def network_filters(self, port: int | None, stat_prefix: str = "tcp.") -> list[Json]:
        """For connections without HTTP."""
        return self._filters("network_rbac", Place(False, port, self._routers), stat_prefix=stat_prefix)

    def _filters(self, kind: str, place: Place, **fields: str) -> list[Json]:
        found = []
        for action in _ACTIONS:
            chosen = [
                policy
                for policy in self._policies
                if (policy.get("spec") or {}).get("action", "ALLOW") == action
            ]
            if not chosen:
                continue
            rules: Json = {}
            for policy in chosen:
                rules |= self._rules(policy, place, action)
            found.append(
                extension(kind, rules={"action": action, **({"policies": rules} if rules else {})}, **fields)
            )
        return found

    def _rules(self, policy: Json, place: Place, action: str) -> Json:
        """Each rule of a policy by Istio's name for it, which is in the access log."""
        metadata = policy["metadata"]
        found: Json = {}
        for number, rule in enumerate((policy.get("spec") or {}).get("rules") or []):
            with self._ineffective.guard(policy):
                made = _rule(rule or {}, place, action)
                if made is not None:
                    found[f"ns[{metadata['namespace']}]-policy[{metadata['name']}]-rule[{number}]"] = made
        return found


def _rule(rule: Json, place: Place, action: str) -> Json | None:
    """Permissions and principals. None for a rule that allows requests where there are none."""
    # a connection cannot meet a condition on requests, so it is never allowed by one; it is denied whatever they say
    lenient = action == "DENY"
    permissions: list[Json] = []
    principals: list[Json] = []
    try:
        common_permissions, common_principals = _conditions(rule.get("when") or [], place, lenient)
        for item in rule.get("to") or [{}]:
            wanted = _fields(item.get("operation") or {}, _OPERATION, permission, place, lenient)
            permissions.append(_all([*wanted, *common_permissions], "and_rules"))
        for item in rule.get("from") or [{}]:
            wanted = _fields(item.get("source") or {}, _SOURCE, principal, place, lenient)
            principals.append(_all([*wanted, *common_principals], "and_ids"))
    except HttpOnly:
        return None
    return {"permissions": permissions, "principals": principals}


def _all(parts: list[Json], rule: str) -> Json:
    if not parts:
        return {"any": True}
    return {rule: {"rules" if rule == "and_rules" else "ids": parts}}


_Combine = Callable[[Place, Sequence[str], Sequence[str], Callable[[Place, str], Json]], list[Json]]


def _fields(
    item: Json, known: dict[str, Callable[[Place, str], Json]], combine: _Combine, place: Place, lenient: bool
) -> list[Json]:
    found: list[Json] = []
    for name, one in known.items():
        values, excluded = item.get(name) or [], item.get(_NOT[name]) or []
        try:
            found += combine(place, values, excluded, one)
        except HttpOnly:
            if not lenient:
                raise
    return found


def _conditions(when: list[Json], place: Place, lenient: bool) -> tuple[list[Json], list[Json]]:
    """(permissions, principals). Raises ValueError for a key that is none."""
    permissions: list[Json] = []
    principals: list[Json] = []
    for condition in when:
        key, values, excluded = (
            condition["key"],
            condition.get("values") or [],
            condition.get("notValues") or [],
        )
        try:
            if key in _REQUEST_CONDITIONS:
                permissions += permission(place, values, excluded, _REQUEST_CONDITIONS[key])
            else:
                principals += principal(place, values, excluded, _client_condition(key))
        except HttpOnly:
            if not lenient:
                raise
    return permissions, principals


def _client_condition(key: str) -> Callable[[Place, str], Json]:
    if key in _CLIENT_CONDITIONS:
        return _CLIENT_CONDITIONS[key]
    keyed = _KEYED.fullmatch(key)
    if keyed is None:
        raise ValueError(f"unknown condition {key!r}")
    names = re.findall(r"\[([^\]]+)\]", keyed[2])
    return matchers.request_header(names[0]) if keyed[1] == "headers" else matchers.claim(names)
