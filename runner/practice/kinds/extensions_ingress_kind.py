"""Ingress of extensions/v1beta1: the same objects as those of networking.k8s.io. Gone since 1.22."""

from __future__ import annotations

from runner.practice.kinds.ingress_kind import CONVERSION, INGRESS, INGRESS_PRINTER
from runner.practice.machinery.kind import STATUS, Kind, Version

EXTENSIONS_INGRESS = Kind(
    group="extensions",
    name="Ingress",
    plural="ingresses",
    versions=(Version("v1beta1", until=21, deprecated=14),),
    short_names=("ing",),
    subresources=(STATUS,),
    stored_as=INGRESS,
    conversions={"v1beta1": CONVERSION},
    set_defaults=INGRESS.set_defaults,
    initial_status=INGRESS.initial_status,
    validate=INGRESS.validate,
    generation_since=0,
    printer=INGRESS_PRINTER,
)
