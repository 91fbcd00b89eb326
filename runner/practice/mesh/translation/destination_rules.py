"""DestinationRules: which one applies to a host, and what it says of a subset and a port."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from runner.practice.mesh.mesh_view import Json, MeshConfig
from runner.practice.mesh.translation.host_names import covers, full_name, specificity
from runner.practice.mesh.translation.ineffective import Ineffective
from runner.practice.mesh.translation.service_registry import RegistryService, exported_to
from runner.practice.mesh.translation.virtual_services import age


@dataclass(frozen=True, slots=True)
class Subset:
    """Endpoints of a host by their labels."""

    name: str
    labels: Mapping[str, str]
    policy: Json


@dataclass(eq=False)
class DestinationRule:
    """One object, or several of a namespace for the same host: the first one's policy, the subsets of all."""

    obj: Json
    namespace: str
    host: str
    policy: Json
    subsets: dict[str, Subset]
    export_to: frozenset[str]
    selector: Mapping[str, str] = field(default_factory=dict)

    def traffic_policy(self, subset: str, port: int) -> Json:
        """What holds for a port of a subset ("": the host itself): the subset's own settings before the host's, those of
        the port before both."""
        inner = self.subsets[subset].policy if subset in self.subsets else {}
        merged = {**_without_ports(self.policy), **_without_ports(inner)}
        for policy in (self.policy, inner):
            for level in policy.get("portLevelSettings") or []:
                if (level.get("port") or {}).get("number") == port:
                    # settings of a port replace all of those of the destination, also those that they leave out
                    merged = {key: value for key, value in level.items() if key != "port"}
        return merged


def _without_ports(policy: Json) -> Json:
    return {key: value for key, value in policy.items() if key != "portLevelSettings"}


class DestinationRules:
    """All of a view, by namespace."""

    def __init__(self, objects: Iterable[Json], config: MeshConfig, ineffective: Ineffective) -> None:
        self._root = config.root_namespace
        self._by_namespace: dict[str, list[DestinationRule]] = defaultdict(list)
        default = config.settings.get("defaultDestinationRuleExportTo") or ["*"]
        for obj in sorted(objects, key=age):
            with ineffective.guard(obj):
                self._take(_destination_rule(obj, default), ineffective)

    def _take(self, rule: DestinationRule, ineffective: Ineffective) -> None:
        """Rules of a namespace for the same host and the same workloads become one."""
        for known in self._by_namespace[rule.namespace]:
            if (known.host, known.selector, known.export_to) != (rule.host, rule.selector, rule.export_to):
                continue
            for name, subset in rule.subsets.items():
                if name in known.subsets:
                    ineffective.add(
                        rule.obj,
                        f"duplicate subset {name} found while merging destination rules for {rule.host}",
                    )
                known.subsets.setdefault(name, subset)
            if rule.policy and known.policy:
                first = known.obj["metadata"]["name"]
                ineffective.add(
                    rule.obj, f"its trafficPolicy is ignored: {first} already has one for host {rule.host}"
                )
            known.policy = known.policy or rule.policy
            return
        self._by_namespace[rule.namespace].append(rule)

    def rule_for(
        self, service: RegistryService | None, host: str, namespace: str, labels: Mapping[str, str]
    ) -> DestinationRule | None:
        """The rule that a proxy follows: the client's namespace is asked first, then the service's, then the root namespace."""
        own = service.namespace if service is not None else ""
        for wanted in dict.fromkeys((namespace, own, self._root)):
            if wanted == self._root and self._root not in (namespace, own):
                candidates = [rule for rule in self._by_namespace.get(wanted, ()) if "*" in rule.export_to]
            else:
                candidates = self._by_namespace.get(wanted, [])
            found = [
                rule
                for rule in candidates
                if covers(rule.host, host)
                and exported_to(rule.export_to, rule.namespace, namespace)
                and rule.selector.items() <= labels.items()
                and (not rule.selector or rule.namespace == namespace)
            ]
            if found:
                return min(found, key=lambda rule: (not rule.selector, specificity(rule.host)))
        return None


def _destination_rule(obj: Json, default: list[str]) -> DestinationRule:
    """Of one object."""
    spec = obj["spec"]
    namespace = obj["metadata"]["namespace"]
    return DestinationRule(
        obj=obj,
        namespace=namespace,
        host=full_name(spec["host"], namespace),
        policy=spec.get("trafficPolicy") or {},
        subsets={
            subset["name"]: Subset(
                subset["name"], subset.get("labels") or {}, subset.get("trafficPolicy") or {}
            )
            for subset in spec.get("subsets") or []
        },
        export_to=frozenset(spec.get("exportTo") or default),
        selector=(spec.get("workloadSelector") or {}).get("matchLabels") or {},
    )
