"""ClusterRole: permissions, in the whole cluster or for many namespaces."""

from __future__ import annotations

from runner.practice.kinds.rbac_rules import RBAC, any_name, cluster_role, default_rules
from runner.practice.machinery.kind import Kind, Version

CLUSTER_ROLE = Kind(
    group=RBAC,
    name="ClusterRole",
    plural="clusterroles",
    versions=(Version("v1"), Version("v1beta1", until=21, deprecated=17)),
    namespaced=False,
    set_defaults=default_rules,
    name_rule=any_name,
    validate=cluster_role,
)
