"""Rules of what runs pods."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from runner.practice.kinds.pod_spec_rules import pod_spec, pod_update
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import matches, selector, selector_shown
from runner.practice.machinery.validation.problems import Object, Problems, Raw, int_or_string

STATEFUL_FREE = ("replicas", "template", "updateStrategy")
STATEFUL_FREE_LATER = (
    *STATEFUL_FREE,
    "ordinals",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


PERCENT_WORDS = (
    "a valid percent string must be a numeric string followed by an ending '%' "
    "(e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
)


def template(problems: Problems, at: str, found: Object, claimed: Collection[str] = ()) -> None:
    """`claimed`: as pod_spec takes it."""
    meta = found.get("metadata") or {}
    names.labels(problems, f"{at}.labels", meta.get("labels"))
    names.annotation_keys(problems, f"{at}.annotations", meta.get("annotations"))
    pod_spec(problems, f"{at}.spec", found.get("spec") or {}, claimed)


def _workload(problems: Problems, spec: Object, kind: str) -> None:
    """Selector and template, as they are alike for all; `kind` is told where the selector is empty."""
    problems.not_negative("spec.replicas", spec.get("replicas"))
    found, inner = spec.get("selector"), spec.get("template") or {}
    labels = (inner.get("metadata") or {}).get("labels") or {}
    if found is None:
        problems.required("spec.selector")
    else:
        selector(problems, "spec.selector", found)
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
    template(problems, "spec.template", inner, claims)
    policy = (inner.get("spec") or {}).get("restartPolicy")
    if policy not in (None, "", "Always"):
        problems.unsupported("spec.template.spec.restartPolicy", policy, ("Always",))


def deployment(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    _workload(problems, spec, "deployment")
    strategy = spec.get("strategy") or {}
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind not in ("Recreate", "RollingUpdate"):
        told = Raw(
            f'apps.DeploymentStrategy{{Type:"{kind}", RollingUpdate:(*apps.RollingUpdateDeployment)(nil)}}'
        )
        problems.unsupported("spec.strategy", told, ("Recreate", "RollingUpdate"))
    elif kind == "Recreate" and rolling is not None:
        why = "may not be specified when strategy `type` is 'Recreate'"
        problems.forbidden("spec.strategy.rollingUpdate", why)
    elif rolling is not None:
        _rolling(problems, "spec.strategy.rollingUpdate", rolling)
    problems.not_negative("spec.minReadySeconds", spec.get("minReadySeconds"))
    problems.not_negative("spec.revisionHistoryLimit", spec.get("revisionHistoryLimit"))
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
    if isinstance(deadline, int) and deadline <= ready:
        problems.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
    _same_selector(problems, spec, old)


def _rolling(problems: Problems, at: str, found: Object) -> None:
    for field in ("maxUnavailable", "maxSurge"):
        value = found.get(field, 0)
        if isinstance(value, str) and not re.fullmatch("[0-9]+%", value):
            problems.invalid(f"{at}.{field}", int_or_string(value), PERCENT_WORDS)
        else:
            problems.not_negative(f"{at}.{field}", value)
    if {str(found.get(field, 0)).removesuffix("%") for field in ("maxUnavailable", "maxSurge")} == {"0"}:
        problems.invalid(
            f"{at}.maxUnavailable",
            int_or_string(found.get("maxUnavailable", 0)),
            "may not be 0 when `maxSurge` is 0",
        )


def _same_selector(problems: Problems, spec: Object, old: Object | None) -> None:
    new = spec.get("selector")
    if old is not None and new != (old.get("spec") or {}).get("selector"):
        problems.invalid(
            "spec.selector", "null" if new is None else selector_shown(new), "field is immutable"
        )


def replica_set(problems: Problems, obj: Object, old: Object | None) -> None:
    _workload(problems, obj.get("spec") or {}, "deployment")
    _same_selector(problems, obj.get("spec") or {}, old)


def daemon_set(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    _workload(problems, spec, "daemonset")
    kind = (spec.get("updateStrategy") or {}).get("type")
    if kind not in ("OnDelete", "RollingUpdate"):
        problems.unsupported("spec.updateStrategy", kind, ("RollingUpdate", "OnDelete"))
    _same_selector(problems, spec, old)


def stateful_set(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    _workload(problems, spec, "statefulset")
    policies = ("OrderedReady", "Parallel")
    if spec.get("podManagementPolicy") not in policies:
        why = f"must be '{policies[0]}' or '{policies[1]}'"
        problems.invalid("spec.podManagementPolicy", spec.get("podManagementPolicy"), why)
    if old is None:
        return
    later = problems.minor >= 27
    free = STATEFUL_FREE_LATER if later else STATEFUL_FREE
    before = old.get("spec") or {}
    if any(spec.get(f) != before.get(f) for f in {*spec, *before} if f not in free):
        told = (
            "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
            "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'"
            if later
            else "'replicas', 'template', and 'updateStrategy'"
        )
        problems.forbidden("spec", f"updates to statefulset spec for fields other than {told} are forbidden")


def job(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    job_spec(problems, "spec", spec)
    if old is None:
        return
    before = old.get("spec") or {}
    problems.immutable("spec.completions", spec.get("completions"), before.get("completions"))
    if spec.get("selector") != before.get("selector"):
        problems.invalid("spec.selector", selector_shown(spec.get("selector")), "field is immutable")
    if spec.get("template") != before.get("template"):
        problems.invalid("spec.template", Raw("core.PodTemplateSpec{…}"), "field is immutable")


def job_spec(problems: Problems, at: str, spec: Object) -> None:
    for field in (
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
    ):
        problems.not_negative(f"{at}.{field}", spec.get(field))
    template(problems, f"{at}.template", spec.get("template") or {})
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy")
    if policy in ("OnFailure", "Never"):
        return
    field = f"{at}.template.spec.restartPolicy"
    if policy == "Always":
        problems.required(field, 'valid values: "OnFailure", "Never"')
    else:
        problems.unsupported(field, policy, ("OnFailure", "Never"))


def cron_job(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    schedule = spec.get("schedule", "")
    if not schedule:
        problems.required("spec.schedule")
    elif why := _schedule_problem(schedule, problems.minor):
        problems.invalid("spec.schedule", schedule, why)
    policies = ("Allow", "Forbid", "Replace")
    problems.one_of("spec.concurrencyPolicy", spec.get("concurrencyPolicy"), policies)
    job_spec(problems, "spec.jobTemplate.spec", (spec.get("jobTemplate") or {}).get("spec") or {})
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


def pod(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    if old is None:
        pod_spec(problems, "spec", spec)
        for index, one in enumerate(spec.get("containers") or ()):
            if one.get("image", "") != one.get("image", "").strip():
                field = f"spec.containers[{index}].image"
                problems.invalid(field, one["image"], "must not have leading or trailing whitespace")
    else:
        for kind in ("containers", "initContainers"):
            for index, one in enumerate(spec.get(kind) or ()):
                if not one.get("image"):
                    problems.required(f"spec.{kind}[{index}].image")
        pod_update(problems, spec, old.get("spec") or {})


def autoscaler(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    least, most = spec.get("minReplicas"), spec.get("maxReplicas", 0)
    if least is not None and least < 1:
        problems.invalid("spec.minReplicas", least, "must be greater than or equal to 1")
    if most < 1:
        problems.invalid("spec.maxReplicas", most, "must be greater than 0")
    if least is not None and most < least:
        why = "must be greater than or equal to `minReplicas`"
        problems.invalid("spec.maxReplicas", most, why)
    target = spec.get("scaleTargetRef") or {}
    for field in ("kind", "name"):
        if not target.get(field):
            problems.required(f"spec.scaleTargetRef.{field}")


def disruption_budget(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        value: Any = Raw("policy.PodDisruptionBudgetSpec{…}")
        problems.invalid("spec", value, "minAvailable and maxUnavailable cannot be both set")
    selector(problems, "spec.selector", spec.get("selector"))
