"""ClusterRoleBinding: grants a ClusterRole in the whole cluster."""

from __future__ import annotations

from runner.practice.kinds.rbac_rules import (
    BINDING_PRINTER,
    RBAC,
    any_name,
    cluster_role_binding,
    default_binding,
)
from runner.practice.machinery.kind import Kind, Version

CLUSTER_ROLE_BINDING = Kind(
    group=RBAC,
    name="ClusterRoleBinding",
    plural="clusterrolebindings",
    versions=(Version("v1"), Version("v1beta1", until=21, deprecated=17)),
    namespaced=False,
    set_defaults=default_binding,
    name_rule=any_name,
    validate=cluster_role_binding,
    printer=BINDING_PRINTER,
    required_in={("roleRef", "apiGroup"): (0, 34)},
)
