"""CronJobs: a Job at each time of a schedule."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from runner.practice.controllers import cron_schedule as cron
from runner.practice.controllers import pod_control as of_pods
from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.job_controller import RESOURCE as JOBS
from runner.practice.controllers.job_controller import is_finished
from runner.practice.controllers.object_helpers import (
    controller_of,
    going,
    holds,
    name_of,
    owned_keys,
    owner_reference,
    parse_time,
    uid_of,
)
from runner.practice.machinery.json_copy import copied
from runner.practice.machinery.store import Change, Key, Object, key_of, timestamp

RESOURCE = "cronjobs.batch"
SOURCE = Source("cronjob-controller")
SCHEDULED_AT_SINCE, CONDITION_WORD_SINCE = 27, 27
LONGEST_TIMER = 3600.0
LOOK_BACK = (timedelta(hours=1), timedelta(days=1), timedelta(days=32), timedelta(days=366 * 5))


@enter
class CronJobs(Controller):
    """Starts Jobs on time, one timer a CronJob, and keeps the last few of them."""

    account = "cronjob-controller"
    watches = frozenset({RESOURCE, JOBS})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == RESOURCE:
            return [change.key]
        return owned_keys(change, RESOURCE, "CronJob")

    def reconcile(self, key: Key) -> None:
        owner = self.store.get(key)
        if owner is None or going(owner):
            return
        jobs = [job for job in self.store.list(JOBS, key.namespace) if _controls(owner, job)]
        self._note_finished(owner, jobs)
        self._clean_up(owner, jobs)
        if owner["spec"].get("suspend"):
            self._report_status(key, jobs)
            return
        due = self._due(owner)
        if due is not None:
            jobs = self._start(key, owner, jobs, due)
        self._report_status(key, jobs)

    def _due(self, owner: Object) -> datetime | None:
        """The last time that was due and not kept; sets the timer for the next one."""
        try:
            schedule = cron.parse(owner["spec"]["schedule"])
            zone = ZoneInfo(owner["spec"].get("timeZone") or "UTC")
        except (ValueError, ZoneInfoNotFoundError) as error:
            message = f"unparseable schedule: {owner['spec']['schedule']} : {error}"
            self._report(owner, "Warning", "UnparseableSchedule", message)
            return None
        status = owner.get("status") or {}
        last = parse_time(status.get("lastScheduleTime") or owner["metadata"]["creationTimestamp"])
        present = datetime.now(UTC)
        due = _latest(schedule, last.astimezone(zone), present.astimezone(zone))
        coming = schedule.after(present.astimezone(zone))
        if coming is not None:
            wait = min((coming - present).total_seconds() + 0.2, LONGEST_TIMER)
            self.queue.add_later(self, key_of(RESOURCE, owner), wait)
        late = owner["spec"].get("startingDeadlineSeconds")
        if due and late is not None and present - due > timedelta(seconds=late):
            return None
        return due

    def _start(self, key: Key, owner: Object, jobs: list[Object], due: datetime) -> list[Object]:
        active = [job for job in jobs if not is_finished(job)]
        policy = owner["spec"].get("concurrencyPolicy", "Allow")
        if active and policy == "Forbid":
            text = "Not starting job because prior execution is running and concurrency policy is Forbid"
            self._report(owner, "Normal", "JobAlreadyActive", text)
            return jobs
        if policy == "Replace":
            for job in active:
                self.store.delete(key_of(JOBS, job))
                self._report(owner, "Normal", "SuccessfulDelete", f"Deleted job {name_of(job)}")
        made = self._job(owner, due)
        if self.store.get(key_of(JOBS, made)) is None:
            jobs = [*jobs, of_pods.create(self.cluster, JOBS, made)]
            self._report(owner, "Normal", "SuccessfulCreate", f"Created job {name_of(made)}")

        def change(obj: Object) -> Object:
            obj.setdefault("status", {})["lastScheduleTime"] = timestamp(due.astimezone(UTC))
            return obj

        self.cluster.change(key, change, status=True)
        return jobs

    def _job(self, owner: Object, due: datetime) -> Object:
        template = owner["spec"]["jobTemplate"]
        meta = template.get("metadata") or {}
        annotations = dict(meta.get("annotations") or {})
        if self.cluster.minor >= SCHEDULED_AT_SINCE:
            annotations["batch.kubernetes.io/cronjob-scheduled-timestamp"] = timestamp(due.astimezone(UTC))
        made: Object = {
            "name": f"{name_of(owner)}-{int(due.timestamp()) // 60}",
            "namespace": owner["metadata"]["namespace"],
            "ownerReferences": [owner_reference(owner, "batch/v1", "CronJob")],
        }
        made |= {"labels": dict(meta["labels"])} if meta.get("labels") else {}
        made |= {"annotations": annotations} if annotations else {}
        spec = copied(template["spec"])
        return {"apiVersion": "batch/v1", "kind": "Job", "metadata": made, "spec": spec}

    def _note_finished(self, owner: Object, jobs: list[Object]) -> None:
        active = {entry.get("uid") for entry in owner.get("status", {}).get("active") or ()}
        word = "condition" if self.cluster.minor >= CONDITION_WORD_SINCE else "status"
        for job in jobs:
            if uid_of(job) in active and is_finished(job):
                how = "Complete" if holds(job, "Complete") else "Failed"
                text = f"Saw completed job: {name_of(job)}, {word}: {how}"
                self._report(owner, "Normal", "SawCompletedJob", text)

    def _clean_up(self, owner: Object, jobs: list[Object]) -> None:
        for kind, field, default in (
            ("Complete", "successfulJobsHistoryLimit", 3),
            ("Failed", "failedJobsHistoryLimit", 1),
        ):
            ended = [job for job in jobs if holds(job, kind) and not going(job)]
            ended.sort(key=lambda job: (job["metadata"]["creationTimestamp"], name_of(job)))
            limit = owner["spec"].get(field, default)
            for job in ended[: max(len(ended) - limit, 0)]:
                self.store.delete(key_of(JOBS, job))
                self._report(owner, "Normal", "SuccessfulDelete", f"Deleted job {name_of(job)}")

    def _report_status(self, key: Key, jobs: list[Object]) -> None:
        active = [
            reference(job, "batch/v1", "Job") for job in jobs if not is_finished(job) and self._is_there(job)
        ]
        ended = [job["status"]["completionTime"] for job in jobs if holds(job, "Complete")]

        def change(obj: Object) -> Object:
            status = obj.setdefault("status", {})
            status.pop("active", None)
            if active:
                status["active"] = active
            if ended:
                status["lastSuccessfulTime"] = max([*ended, status.get("lastSuccessfulTime", "")])
            return obj

        self.cluster.change(key, change, status=True)

    def _is_there(self, job: Object) -> bool:
        return self.store.get(key_of(JOBS, job)) is not None

    def _report(self, owner: Object, kind: str, reason: str, message: str) -> None:
        self.cluster.recorder.emit(reference(owner, "batch/v1", "CronJob"), SOURCE, kind, reason, message)


def _latest(schedule: cron.Schedule, after: datetime, until: datetime) -> datetime | None:
    """The last time of a schedule in (after, until]; looks at the recent past first, because years have many minutes."""
    for window in LOOK_BACK:
        start = max(after, until - window)
        found: datetime | None = None
        coming = schedule.after(start)
        while coming is not None and coming <= until:
            found, coming = coming, schedule.after(coming)
        if found or start == after:
            return found
    return None


def _controls(owner: Object, job: Object) -> bool:
    return (controller_of(job) or {}).get("uid") == uid_of(owner)
