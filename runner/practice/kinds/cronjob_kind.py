"""CronJob: Jobs by a schedule."""

from __future__ import annotations

import re
from typing import Any

from runner.practice.kinds.default_values import NULL_TIMES_UNTIL, fill
from runner.practice.kinds.job_rules import job_spec
from runner.practice.kinds.pod_lists import template_lists
from runner.practice.kinds.pod_spec_defaults import template_defaults
from runner.practice.kinds.workload_columns import PODS, parts, template_cells
from runner.practice.machinery.kind import FOREVER, STATUS, Kind, Version
from runner.practice.machinery.tables.cells import NONE, boolean, selector
from runner.practice.machinery.tables.columns import Object, View, printer
from runner.practice.machinery.validation.metadata_rules import selector_shown
from runner.practice.machinery.validation.problems import Problems


def set_defaults(obj: Object, minor: int) -> None:
    spec = obj.setdefault("spec", {})
    fill(
        spec,
        concurrencyPolicy="Allow",
        suspend=False,
        successfulJobsHistoryLimit=3,
        failedJobsHistoryLimit=1,
        jobTemplate={},
    )
    wanted = spec["jobTemplate"]
    if minor < NULL_TIMES_UNTIL:
        wanted.setdefault("metadata", {}).setdefault("creationTimestamp", None)
    template_defaults(wanted.setdefault("spec", {}), minor)


def validate(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    schedule = spec.get("schedule", "")
    if not schedule:
        problems.required("spec.schedule")
    elif why := _schedule_problem(schedule, problems.minor):
        problems.invalid("spec.schedule", schedule, why)
    policies = ("Allow", "Forbid", "Replace")
    problems.one_of("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    for field in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        problems.not_negative(f"spec.{field}", spec.get(field))
    inner = (spec.get("jobTemplate") or {}).get("spec") or {}
    if inner.get("selector") is not None:
        problems.invalid(
            "spec.jobTemplate.spec.selector",
            selector_shown(inner["selector"]),
            "`selector` will be auto-generated",
        )
    if inner.get("manualSelector"):
        problems.unsupported("spec.jobTemplate.spec.manualSelector", True, ("nil", "false"))
    job_spec(problems, "spec.jobTemplate.spec", inner)
    if len(obj["metadata"].get("name", "")) > 52:
        problems.invalid("metadata.name", obj["metadata"]["name"], "must be no more than 52 characters")


def _schedule_problem(schedule: str, minor: int) -> str:
    if schedule.startswith("@"):
        known = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
        if schedule in known or schedule.startswith("@every "):
            return ""
        return f"{'u' if minor >= 22 else 'U'}nrecognized descriptor: {schedule}"
    parts = schedule.split()
    if len(parts) != 5:
        listed = "[" + " ".join(parts) + "]"
        return (
            f"expected exactly 5 fields, found {len(parts)}: {listed}"
            if minor >= 22
            else f"Expected exactly 5 fields, found {len(parts)}: {schedule}"
        )
    return next(
        (why for part, limits in zip(parts, _LIMITS, strict=True) if (why := _part(part, limits))), ""
    )


_LIMITS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))


def _part(part: str, limits: tuple[int, int]) -> str:
    for number in re.findall(r"(?<!/)\b\d+", part):
        if int(number) > limits[1]:
            return f"end of range ({number}) above maximum ({limits[1]}): {part}"
        if int(number) < limits[0]:
            return f"beginning of range ({number}) below minimum ({limits[0]}): {part}"
    wrong = next(
        (one for one in re.findall(r"[^,/\-]+", part) if not re.fullmatch(r"\*|\?|\d+|[A-Za-z]{3}", one)),
        None,
    )
    return (
        f'failed to parse int from {wrong}: strconv.Atoi: parsing "{wrong}": invalid syntax' if wrong else ""
    )


def cells(obj: Object, view: View) -> list[Any]:
    name, spec, status = parts(obj)
    last = status.get("lastScheduleTime")
    inner = (spec.get("jobTemplate") or {}).get("spec") or {}
    return [
        name,
        spec.get("schedule", ""),
        spec.get("timeZone") or NONE,
        boolean(spec.get("suspend")),
        len(status.get("active") or ()),
        view.since(last) if last else NONE,
        view.age(obj),
        *template_cells(inner),
        selector(inner.get("selector")),
    ]


CRON_JOB = Kind(
    group="batch",
    name="CronJob",
    plural="cronjobs",
    versions=(Version("v1", since=21), Version("v1beta1", until=24, deprecated=21)),
    short_names=("cj",),
    categories=("all",),
    subresources=(STATUS,),
    set_defaults=set_defaults,
    initial_status=lambda obj: {},
    validate=validate,
    generation_since=21,
    printer=printer(
        cells,
        "Name",
        "Schedule",
        "Timezone@30",
        "Suspend:boolean",
        "Active:integer",
        "Last Schedule",
        "Age",
        wide=PODS,
    ),
    list_types=template_lists("spec", "jobTemplate", "spec", "template"),
    required_in={("spec",): (35, FOREVER)},
)
