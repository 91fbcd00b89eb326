"""Rules of a Job's spec, which a CronJob's template has as well."""

from __future__ import annotations

from runner.practice.kinds.workload_rules import template
from runner.practice.machinery.tables.columns import Object
from runner.practice.machinery.validation.problems import Problems


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
