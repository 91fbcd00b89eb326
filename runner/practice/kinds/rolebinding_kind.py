"""RoleBinding: grants a Role or a ClusterRole in a namespace."""

from __future__ import annotations

from runner.practice.kinds.rbac_rules import BINDING_PRINTER, RBAC, any_name, default_binding, role_binding
from runner.practice.machinery.kind import Kind, Version

ROLE_BINDING = Kind(
    group=RBAC,
    name="RoleBinding",
    plural="rolebindings",
    versions=(Version("v1"), Version("v1beta1", until=21, deprecated=17)),
    set_defaults=default_binding,
    name_rule=any_name,
    validate=role_binding,
    printer=BINDING_PRINTER,
    required_in={("roleRef", "apiGroup"): (0, 34)},
)
