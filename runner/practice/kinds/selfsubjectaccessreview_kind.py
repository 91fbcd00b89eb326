"""SelfSubjectAccessReview: asks whether I may do something."""

from __future__ import annotations

from runner.practice.machinery.kind import CREATE_ONLY, Kind, Version

SELF_SUBJECT_ACCESS_REVIEW = Kind(
    group="authorization.k8s.io",
    name="SelfSubjectAccessReview",
    plural="selfsubjectaccessreviews",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    namespaced=False,
    verbs=CREATE_ONLY,
)
