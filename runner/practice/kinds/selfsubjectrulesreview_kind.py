"""SelfSubjectRulesReview: asks what I may do in a namespace."""

from __future__ import annotations

from runner.practice.machinery.kind import CREATE_ONLY, Kind, Version

SELF_SUBJECT_RULES_REVIEW = Kind(
    group="authorization.k8s.io",
    name="SelfSubjectRulesReview",
    plural="selfsubjectrulesreviews",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    namespaced=False,
    verbs=CREATE_ONLY,
)
