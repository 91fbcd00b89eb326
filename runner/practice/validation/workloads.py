"""Rules of what runs pods."""

from __future__ import annotations

import re
from collections.abc import Collection

from runner.practice.kinds.pod_spec_rules import pod_spec, pod_update
from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.metadata_rules import matches, selector, selector_shown
from runner.practice.machinery.validation.problems import Object, Problems, Raw, int_or_string
from runner.practice.validation.scaling_rules import share

STATEFUL_FREE = ("replicas", "template", "updateStrategy")
STATEFUL_FREE_LATER = (
    *STATEFUL_FREE,
    "ordinals",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
)


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


def _workload(problems: Problems, spec: Object, kind: str) -> None:
    """Selector and template, as they are alike for all; `kind` is told where the selector is empty."""
    problems.not_negative("spec.replicas", spec.get("replicas"))
    for field in ("minReadySeconds", "revisionHistoryLimit"):
        problems.not_negative(f"spec.{field}", spec.get(field))
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
    deadline, ready = spec.get("progressDeadlineSeconds"), spec.get("minReadySeconds", 0)
    if isinstance(deadline, int) and deadline <= ready:
        problems.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
    _same_selector(problems, spec, old)


def _rolling(problems: Problems, at: str, found: Object) -> None:
    share(problems, f"{at}.maxUnavailable", found.get("maxUnavailable", 0))
    share(problems, f"{at}.maxSurge", found.get("maxSurge", 0), whole=False)
    if {
        str(found.get(field, 0)).removesuffix("%").lstrip("0") for field in ("maxUnavailable", "maxSurge")
    } == {""}:
        told = int_or_string(found.get("maxUnavailable", 0))
        problems.invalid(f"{at}.maxUnavailable", told, "may not be 0 when `maxSurge` is 0")


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
    strategy = spec.get("updateStrategy") or {}
    kind = strategy.get("type")
    if kind not in ("OnDelete", "RollingUpdate"):
        problems.unsupported("spec.updateStrategy", kind, ("RollingUpdate", "OnDelete"))
    elif kind == "RollingUpdate":
        _daemons_rolling(problems, "spec.updateStrategy.rollingUpdate", strategy.get("rollingUpdate"))
    _same_selector(problems, spec, old)


def _daemons_rolling(problems: Problems, at: str, found: Object | None) -> None:
    if found is None:
        problems.required(at)
        return
    share(problems, f"{at}.maxUnavailable", found.get("maxUnavailable", 0))
    share(problems, f"{at}.maxSurge", found.get("maxSurge", 0))
    unavailable, surge = (
        str(found.get(field, 0)).removesuffix("%").lstrip("0") for field in ("maxUnavailable", "maxSurge")
    )
    if not unavailable and not surge:
        if problems.minor < 22:
            problems.invalid(
                f"{at}.maxUnavailable", int_or_string(found.get("maxUnavailable", 0)), "cannot be 0"
            )
        else:
            problems.required(f"{at}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def stateful_set(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    _workload(problems, spec, "statefulset")
    policies = ("OrderedReady", "Parallel")
    if spec.get("podManagementPolicy") not in policies:
        why = f"must be '{policies[0]}' or '{policies[1]}'"
        problems.invalid("spec.podManagementPolicy", spec.get("podManagementPolicy"), why)
    strategy = spec.get("updateStrategy") or {}
    rolling, kind, at = strategy.get("rollingUpdate"), strategy.get("type"), "spec.updateStrategy"
    if not kind:
        problems.required(at)
    elif kind == "OnDelete":
        if rolling is not None:
            why = "only allowed for updateStrategy 'RollingUpdate'"
            problems.invalid(f"{at}.rollingUpdate", Raw("apps.RollingUpdateStatefulSetStrategy{…}"), why)
    elif kind == "RollingUpdate":
        problems.not_negative(f"{at}.rollingUpdate.partition", (rolling or {}).get("partition"))
    else:
        problems.invalid(
            at, Raw("apps.StatefulSetUpdateStrategy{…}"), "must be 'RollingUpdate' or 'OnDelete'"
        )
    for field in ("whenScaled", "whenDeleted"):
        policy = (spec.get("persistentVolumeClaimRetentionPolicy") or {}).get(field, "Retain")
        if policy not in ("Retain", "Delete"):
            problems.unsupported(
                f"spec.persistentVolumeClaimRetentionPolicy.{field}", policy, ("Delete", "Retain")
            )
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
    found = spec.get("selector")
    if found is not None:
        selector(problems, "spec.selector", found)
    elif old is not None or spec.get("manualSelector"):
        problems.required("spec.selector")
    if old is None and found and not spec.get("manualSelector"):
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


def job_spec(problems: Problems, at: str, spec: Object) -> None:
    for field in (
        "parallelism",
        "completions",
        "activeDeadlineSeconds",
        "backoffLimit",
        "ttlSecondsAfterFinished",
    ):
        problems.not_negative(f"{at}.{field}", spec.get(field))
    _indexed(problems, at, spec)
    template(problems, f"{at}.template", spec.get("template") or {})
    policy = ((spec.get("template") or {}).get("spec") or {}).get("restartPolicy")
    if policy in ("OnFailure", "Never"):
        return
    field = f"{at}.template.spec.restartPolicy"
    if policy == "Always":
        problems.required(field, 'valid values: "OnFailure", "Never"')
    else:
        problems.unsupported(field, policy, ("OnFailure", "Never"))


def _indexed(problems: Problems, at: str, spec: Object) -> None:
    mode, known = spec.get("completionMode"), ("Indexed", "NonIndexed")
    if mode is None or problems.minor < INDEXED_SINCE:
        return
    if mode not in known:
        problems.unsupported(f"{at}.completionMode", mode, known)
    elif mode == "Indexed" and spec.get("completions") is None:
        problems.required(f"{at}.completions", "when completion mode is Indexed")


INDEXED_SINCE = 22


def cron_job(problems: Problems, obj: Object, old: Object | None) -> None:
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


def pod_template(problems: Problems, obj: Object, old: Object | None) -> None:
    template(problems, "template", obj.get("template") or {})


def replication_controller(problems: Problems, obj: Object, old: Object | None) -> None:
    spec = obj.get("spec") or {}
    for field in ("minReadySeconds", "replicas"):
        problems.not_negative(f"spec.{field}", spec.get(field))
    found, inner = spec.get("selector") or {}, spec.get("template")
    if not found:
        problems.required("spec.selector")
    if inner is None:
        problems.required("spec.template")
        return
    labels = (inner.get("metadata") or {}).get("labels") or {}
    if found and any(labels.get(key) != value for key, value in found.items()):
        value = labels or Raw("map[string]string(nil)")
        problems.invalid(
            "spec.template.metadata.labels", value, "`selector` does not match template `labels`"
        )
    template(problems, "spec.template", inner)
    runs_on(problems, "spec.template.spec", inner)
