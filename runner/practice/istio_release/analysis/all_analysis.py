"""All analyzers, over a cluster's objects and those of files."""

from __future__ import annotations

from runner.practice.istio_release.analysis import route_analysis, workload_analysis
from runner.practice.istio_release.analysis.analysis_messages import Finding, in_order
from runner.practice.istio_release.analysis.analyzed_objects import AnalyzedObjects

SUPPRESS = "galley.istio.io/analyze-suppress"


def analyzed(objects: AnalyzedObjects, minor: int, *, proxy_image: str = "") -> list[Finding]:
    """What Istio 1.`minor` would say of them, the worst first."""
    found = [
        *route_analysis.destination_hosts(objects),
        *route_analysis.subsets(objects),
        *route_analysis.gateways(objects),
        *route_analysis.gateway_selectors(objects),
        *route_analysis.same_hosts_in_the_mesh(objects),
        *route_analysis.servers_without_authority(objects),
        *workload_analysis.injection(objects),
        *workload_analysis.proxy_images(objects, proxy_image),
        *workload_analysis.port_names(objects),
        *workload_analysis.unknown_annotations(objects),
        *workload_analysis.selectors(objects),
        *workload_analysis.schemas(objects, minor),
    ]
    once = {_key(each): each for each in reversed(found) if not _suppressed(each)}
    return in_order(list(once.values()))


def _key(finding: Finding) -> tuple[object, ...]:
    meta = finding.obj["metadata"]
    return finding.code, finding.words, finding.obj["kind"], meta.get("namespace"), meta["name"]


def _suppressed(finding: Finding) -> bool:
    """Whether an annotation of the object says that nobody wants to hear it."""
    codes = str((finding.obj["metadata"].get("annotations") or {}).get(SUPPRESS, "")).split(",")
    return finding.code in codes or "*" in codes
