"""Rules that all workloads share: a selector, and a template that it selects."""

from __future__ import annotations

from collections.abc import Collection

from runner.practice.kinds.pod_spec_rules import pod_spec
from runner.practice.machinery.tables.columns import Object
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import matches, selector_shown
from runner.practice.machinery.validation.metadata_rules import selector as label_selector
from runner.practice.machinery.validation.problems import Problems, Raw

TEMPLATE_SINCE = 24


def template(
    problems: Problems, at: str, found: Object, claimed: Collection[str] = (), *, spec_too: bool = True
) -> None:
    """`claimed`: as pod_spec takes it. Without `spec_too` the metadata is looked at alone."""
    meta = found.get("metadata") or {}
    names.labels(problems, f"{at}.labels", meta.get("labels"))
    names.annotation_keys(problems, f"{at}.annotations", meta.get("annotations"))
    if spec_too:
        pod_spec(problems, f"{at}.spec", found.get("spec") or {}, claimed)


def workload(problems: Problems, spec: Object, kind: str) -> None:
    """Selector and template, as they are alike for all; `kind` is for the message about an empty selector."""
    problems.not_negative("spec.replicas", spec.get("replicas"))
    for field in ("minReadySeconds", "revisionHistoryLimit"):
        problems.not_negative(f"spec.{field}", spec.get(field))
    found, inner = spec.get("selector"), spec.get("template") or {}
    labels = (inner.get("metadata") or {}).get("labels") or {}
    if found is None:
        problems.required("spec.selector")
    else:
        label_selector(problems, "spec.selector", found)
        if not found.get("matchLabels") and not found.get("matchExpressions"):
            why = f"empty selector is invalid for {kind}"
            problems.invalid("spec.selector", selector_shown(found), why)
    if found is None or not matches(found, labels):
        value = labels or Raw("map[string]string(nil)")
        why = "`selector` does not match template `labels`"
        problems.invalid("spec.template.metadata.labels", value, why)
    claims = [
        (claim.get("metadata") or {}).get("name", "") for claim in spec.get("volumeClaimTemplates") or ()
    ]
    # Old servers looked at a StatefulSet's pods only once it made them.
    spec_too = kind != "statefulset" or problems.minor >= TEMPLATE_SINCE
    template(problems, "spec.template", inner, claims, spec_too=spec_too)
    runs_on(problems, "spec.template.spec", inner)


def runs_on(problems: Problems, at: str, found: Object) -> None:
    """Pods of a controller that keeps them running."""
    spec = found.get("spec") or {}
    if spec.get("restartPolicy") not in (None, "", "Always"):
        problems.unsupported(f"{at}.restartPolicy", spec["restartPolicy"], ("Always",))
    if spec.get("activeDeadlineSeconds") is not None:
        problems.forbidden(f"{at}.activeDeadlineSeconds", "must not be specified")


def same_selector(problems: Problems, spec: Object, old: Object | None) -> None:
    new = spec.get("selector")
    if old is not None and new != (old.get("spec") or {}).get("selector"):
        problems.invalid(
            "spec.selector", "null" if new is None else selector_shown(new), "field is immutable"
        )
