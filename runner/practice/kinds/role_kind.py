"""Role: permissions in a namespace."""

from __future__ import annotations

from runner.practice.kinds.rbac_rules import RBAC, any_name, default_rules, role
from runner.practice.machinery.kind import Kind, Version

ROLE = Kind(
    group=RBAC,
    name="Role",
    plural="roles",
    versions=(Version("v1"), Version("v1beta1", until=21, deprecated=17)),
    set_defaults=default_rules,
    name_rule=any_name,
    validate=role,
)
