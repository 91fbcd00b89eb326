"""SelfSubjectReview: asks who I am."""

from __future__ import annotations

from runner.practice.machinery.kind import CREATE_ONLY, Kind, Version

SELF_SUBJECT_REVIEW = Kind(
    group="authentication.k8s.io",
    name="SelfSubjectReview",
    plural="selfsubjectreviews",
    versions=(Version("v1", since=28), Version("v1beta1", since=27, until=30)),
    namespaced=False,
    verbs=CREATE_ONLY,
)
