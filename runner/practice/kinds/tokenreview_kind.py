"""TokenReview: asks whose a token is."""

from __future__ import annotations

from runner.practice.machinery.kind import CREATE_ONLY, Kind, Version

TOKEN_REVIEW = Kind(
    group="authentication.k8s.io",
    name="TokenReview",
    plural="tokenreviews",
    versions=(Version("v1"), Version("v1beta1", until=21)),
    namespaced=False,
    verbs=CREATE_ONLY,
)
