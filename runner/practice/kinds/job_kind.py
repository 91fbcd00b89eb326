"""Job: pods that run to completion."""

from __future__ import annotations

from typing import Any

from runner.practice.kinds.default_values import fill
from runner.practice.kinds.job_rules import job_spec
from runner.practice.kinds.pod_lists import template_lists
from runner.practice.kinds.pod_spec_defaults import template_defaults
from runner.practice.kinds.status_rules import counts
from runner.practice.kinds.workload_columns import PODS, parts, template_cells
from runner.practice.machinery.kind import STATUS, Kind, SelectableField
from runner.practice.machinery.tables.cells import ago, moment, selector
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.metadata_rules import matches, selector_shown
from runner.practice.machinery.validation.metadata_rules import selector as label_selector
from runner.practice.machinery.validation.problems import Problems, Raw


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    fill(spec, parallelism=1, backoffLimit=6)
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels")
    if labels and not obj["metadata"].get("labels"):
        obj["metadata"]["labels"] = dict(labels)
    if minor >= 22:
        fill(spec, completionMode="NonIndexed", suspend=False)
    if minor >= 29:
        fill(spec, podReplacementPolicy="Failed" if spec.get("podFailurePolicy") else "TerminatingOrFailed")
        fill(spec, manualSelector=False)
    template_defaults(spec, minor)


PREFIXED_LABELS_SINCE = 27


def prepare_for_create(obj: Object, minor: int) -> Object:
    """With the selector and the labels that the API server makes of its uid."""
    spec, meta = obj["spec"], obj["metadata"]
    if spec.get("manualSelector"):
        return obj
    labels = {"controller-uid": meta["uid"], "job-name": meta["name"]}
    if minor >= PREFIXED_LABELS_SINCE:
        labels |= {f"batch.kubernetes.io/{name}": value for name, value in labels.items()}
    template = spec.get("template") or {}
    inner = template.get("metadata") or {}
    given = spec.get("selector") or {}
    selector = {**given, "matchLabels": {**(given.get("matchLabels") or {}), **_selected(meta["uid"], minor)}}
    inner = {**inner, "labels": {**(inner.get("labels") or {}), **labels}}
    new = {**obj, "spec": {**spec, "selector": selector, "template": {**template, "metadata": inner}}}
    if not meta.get("labels"):
        new["metadata"] = {**meta, "labels": dict(inner["labels"])}
    return new


def _selected(uid: str, minor: int) -> dict[str, str]:
    return {"batch.kubernetes.io/controller-uid" if minor >= PREFIXED_LABELS_SINCE else "controller-uid": uid}


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    job_spec(problems, "spec", spec)
    found = spec.get("selector")
    if found is not None:
        label_selector(problems, "spec.selector", found)
    elif old is not None or spec.get("manualSelector"):
        problems.required("spec.selector")
    own = {"matchLabels": _selected(obj["metadata"].get("uid", ""), problems.minor)}
    if old is None and found and not spec.get("manualSelector") and found != own:
        problems.invalid("spec.selector", selector_shown(found), "`selector` not auto-generated")
    labels = ((spec.get("template") or {}).get("metadata") or {}).get("labels") or {}
    if spec.get("manualSelector") and (found is None or not matches(found, labels)):
        value = labels or Raw("map[string]string(nil)")
        problems.invalid(
            "spec.template.metadata.labels", value, "`selector` does not match template `labels`"
        )
    if old is None:
        return
    before = old.get("spec") or {}
    problems.immutable("spec.completions", spec.get("completions"), before.get("completions"))
    if found != before.get("selector"):
        value = Raw('"null"') if found is None and problems.minor < 22 else selector_shown(found)
        problems.invalid("spec.selector", value, "field is immutable")
    if spec.get("template") != before.get("template"):
        problems.invalid("spec.template", Raw("core.PodTemplateSpec{…}"), "field is immutable")


def cells(obj: Object, view: View) -> list[Any]:
    name, spec, status = parts(obj)
    done, wanted = status.get("succeeded", 0), spec.get("completions")
    parallel = spec.get("parallelism") or 0
    completions = f"{done}/{1 if wanted is None else wanted}"
    if wanted is None and parallel > 1:
        completions += f" of {parallel}"
    start, end = moment(status.get("startTime")), moment(status.get("completionTime"))
    took = ago((end or view.now) - start) if start else ""
    shown = [name, _job_status(obj), completions, took, view.age(obj)]
    return [*shown, *template_cells(spec), selector(spec.get("selector"))]


def _job_status(obj: Object) -> str:
    conditions = (obj.get("status") or {}).get("conditions") or ()
    true = {c.get("type") for c in conditions if c.get("status") == "True"}
    for kind in ("Complete", "Failed"):
        if kind in true:
            return kind
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    return next(
        (kind for kind in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if kind in true), "Running"
    )


JOB = Kind(
    group="batch",
    name="Job",
    plural="jobs",
    categories=("all",),
    subresources=(STATUS,),
    set_defaults=set_defaults,
    prepare_for_create=prepare_for_create,
    initial_status=lambda obj: {},
    validate=validate,
    validate_status=counts,
    generation_since=0,
    default_propagation="Orphan",
    printer=printer(cells, "Name", "Status@31", "Completions", "Duration", "Age", wide=PODS),
    selectable_fields=(SelectableField("status.successful", path="status.succeeded", unset="0"),),
    list_types=template_lists("spec", "template"),
)
