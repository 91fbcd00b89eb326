"""PodSecurityPolicy: what pods may do. Gone since 1.25."""

from __future__ import annotations

from runner.practice.kinds.policy_rules import pod_security_policy
from runner.practice.machinery.kind import Kind, Version

POD_SECURITY_POLICY = Kind(
    group="policy",
    name="PodSecurityPolicy",
    plural="podsecuritypolicies",
    returns_deleted=True,
    versions=(Version("v1beta1", until=24, deprecated=21),),
    short_names=("psp",),
    namespaced=False,
    validate=pod_security_policy,
)
