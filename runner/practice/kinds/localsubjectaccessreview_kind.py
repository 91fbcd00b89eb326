"""LocalSubjectAccessReview: asks whether somebody may do something in a namespace."""

from __future__ import annotations

from runner.practice.machinery.kind import CREATE_ONLY, Kind, Version

LOCAL_SUBJECT_ACCESS_REVIEW = Kind(
    group="authorization.k8s.io",
    name="LocalSubjectAccessReview",
    plural="localsubjectaccessreviews",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    verbs=CREATE_ONLY,
)
