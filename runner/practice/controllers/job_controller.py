"""Jobs: pods that run until enough of them have succeeded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runner.practice.controllers import pod_control as of_pods
from runner.practice.controllers.adoption import claim
from runner.practice.controllers.controller import Controller, enter
from runner.practice.controllers.event_recorder import Source, reference
from runner.practice.controllers.object_helpers import (
    age,
    going,
    holds,
    is_ready,
    name_of,
    now,
    owned_keys,
    owner_reference,
    set_condition,
    uid_of,
    without_empty,
)
from runner.practice.machinery.errors import ApiError
from runner.practice.machinery.generated_names import generated
from runner.practice.machinery.store import Change, Key, Object

RESOURCE = "jobs.batch"
SOURCE = Source("job-controller")
READY_SINCE, TERMINATING_SINCE, REASONS_SINCE = 24, 31, 31
FIRST_BACK_OFF, LAST_BACK_OFF = 10.0, 360.0
INDEX = "batch.kubernetes.io/job-completion-index"
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
INDEX_LABEL_SINCE = 28
ENOUGH = ("CompletionsReached", "Reached expected number of succeeded pods")


@enter
class Jobs(Controller):
    """Starts pods, counts how they end, and says when the work is done or has failed."""

    account = "job-controller"
    watches = frozenset({RESOURCE, "pods"})

    def keys(self, change: Change) -> Iterable[Key]:
        if change.key.resource == RESOURCE:
            return [change.key]
        return owned_keys(change, RESOURCE, "Job")

    def reconcile(self, key: Key) -> None:
        job = self.store.get(key)
        if job is None:
            return
        pods = claim(self.cluster, job, owner_reference(job, "batch/v1", "Job"), "pods")
        if not going(job) and not is_finished(job):
            self._judge(key, job, pods)
        elif is_finished(job):
            self._expire(key, job)

    def _judge(self, key: Key, job: Object, pods: list[Object]) -> None:
        spec = job["spec"]
        active = of_pods.active(pods)
        done = [pod for pod in pods if _phase(pod) == "Succeeded"]
        failed = [pod for pod in pods if _phase(pod) == "Failed"]
        restarts = sum(_restarts(pod) for pod in active) if self._restarts_in_place(job) else 0
        limit = spec.get("backoffLimit", 6)
        started = job.get("status", {}).get("startTime")
        deadline = spec.get("activeDeadlineSeconds")
        if started and deadline is not None and not spec.get("suspend"):
            left = deadline - age(started)
            if left <= 0:
                cause = ("DeadlineExceeded", "Job was active longer than specified deadline")
                self._finish(key, job, pods, "Failed", cause)
                return
            self.queue.add_later(self, key, left + 0.5)
        if len(failed) > limit or (restarts and restarts >= limit):
            cause = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
            self._finish(key, job, pods, "Failed", cause)
        elif self._is_complete(job, done, active):
            self._finish(key, job, pods, "Complete", ENOUGH)
        else:
            self._run(key, job, pods, active, done, failed)
            self._report_status(key, [])

    def _is_complete(self, job: Object, done: list[Object], active: list[Object]) -> bool:
        wanted = job["spec"].get("completions")
        if wanted is None:
            return bool(done) and not active
        found = len({_index(pod) for pod in done}) if _is_indexed(job) else len(done)
        return found >= int(wanted)

    def _run(
        self,
        key: Key,
        job: Object,
        pods: list[Object],
        active: list[Object],
        done: list[Object],
        failed: list[Object],
    ) -> None:
        if job["spec"].get("suspend"):
            for pod in active:
                self._remove(job, pod)
            return
        parallel = job["spec"].get("parallelism", 1)
        wanted = job["spec"].get("completions")
        at_once = (0 if done else parallel) if wanted is None else min(parallel, wanted - len(done))
        missing = at_once - len(active)
        for pod in active[: max(-missing, 0)]:
            self._remove(job, pod)
        if missing > 0 and not self._must_wait(key, failed):
            indexes = self._free_indexes(job, [*active, *done])
            for _ in range(min(missing, of_pods.BURST)):
                self._create(job, next(indexes, None))

    def _must_wait(self, key: Key, failed: list[Object]) -> bool:
        """After a failure the next pod comes later each time."""
        if not failed:
            return False
        ended = max(_ended(pod) for pod in failed)
        seconds = min(FIRST_BACK_OFF * 2 ** (len(failed) - 1), LAST_BACK_OFF)
        left = seconds - age(ended) * self.cluster.settings.speed
        if left > 0:
            self.later(key, left)
        return bool(left > 0)

    def _free_indexes(self, job: Object, pods: list[Object]) -> Iterator[int]:
        if not _is_indexed(job):
            return iter(())
        taken = {_index(pod) for pod in pods}
        return (i for i in range(job["spec"].get("completions") or 0) if i not in taken)

    def _restarts_in_place(self, job: Object) -> bool:
        pod = job["spec"]["template"].get("spec") or {}
        return bool(pod.get("restartPolicy") == "OnFailure")

    def _create(self, job: Object, index: int | None) -> None:
        pod = of_pods.from_template(job, job["spec"]["template"], owner_reference(job, "batch/v1", "Job"))
        if index is not None:
            base = f"{name_of(job)}-{index}-"
            pod["metadata"] |= {"generateName": base, "name": generated(base)}
            pod["metadata"].setdefault("annotations", {})[INDEX] = str(index)
            labelled = self.cluster.minor >= INDEX_LABEL_SINCE
            if labelled:
                pod["metadata"].setdefault("labels", {})[INDEX] = str(index)
            pod["spec"]["hostname"] = base.removesuffix("-")
            _add_index(pod["spec"], "labels" if labelled else "annotations")
        try:
            created = of_pods.create(self.cluster, "pods", pod)
        except ApiError as error:
            self._report(job, "Warning", "FailedCreate", f"Error creating: {error.message}")
            raise
        self._report(job, "Normal", "SuccessfulCreate", f"Created pod: {name_of(created)}")

    def _remove(self, job: Object, pod: Object) -> None:
        of_pods.remove(self.cluster, pod)
        self._report(job, "Normal", "SuccessfulDelete", f"Deleted pod: {name_of(pod)}")

    def _finish(self, key: Key, job: Object, pods: list[Object], kind: str, cause: tuple[str, str]) -> None:
        for pod in of_pods.active(pods):
            self._remove(job, pod)
        reason, message = cause
        before = {"Complete": "SuccessCriteriaMet", "Failed": "FailureTarget"}[kind]
        has_reason = kind == "Failed" or self.cluster.minor >= REASONS_SINCE
        why = {"reason": reason, "message": message} if has_reason else {}
        kinds = [before, kind] if self.cluster.minor >= REASONS_SINCE else [kind]
        self._report_status(key, [{"type": name, "status": "True", **why} for name in kinds])
        if kind == "Complete":
            self._report(job, "Normal", "Completed", "Job completed")
        else:
            self._report(job, "Warning", reason, message)

    def _report_status(self, key: Key, conditions: list[Object]) -> None:
        job = self.store.get(key)
        if job is None:
            return
        uid = uid_of(job)
        pods = [
            pod
            for pod in self.store.list("pods", key.namespace)
            if any(owner["uid"] == uid for owner in pod["metadata"].get("ownerReferences") or ())
        ]
        active = of_pods.active(pods)
        status = dict(job.get("status") or {})
        listed = [dict(found) for found in status.get("conditions") or ()]
        for made in conditions:
            moment = now()
            set_condition(listed, {**made, "lastProbeTime": moment, "lastTransitionTime": moment})
        for name in ("active", "succeeded", "failed"):
            status.pop(name, None)
        status |= without_empty(
            {
                "startTime": status.get("startTime") or ("" if job["spec"].get("suspend") else now()),
                "active": len(active),
                "succeeded": sum(_phase(pod) == "Succeeded" for pod in pods),
                "failed": sum(_phase(pod) == "Failed" for pod in pods),
                "conditions": listed,
            }
        )
        if self.cluster.minor >= READY_SINCE:
            status["ready"] = sum(is_ready(pod) for pod in active)
            status["uncountedTerminatedPods"] = {}
        if self.cluster.minor >= TERMINATING_SINCE:
            status["terminating"] = sum(going(pod) for pod in pods)
        if _is_indexed(job):
            done = [_index(pod) for pod in pods if _phase(pod) == "Succeeded"]
            status["completedIndexes"] = index_ranges(done)
        if any(made["type"] == "Complete" for made in conditions):
            status["completionTime"] = now()
        self.cluster.change(key, lambda obj: {**obj, "status": status}, status=True)

    def _expire(self, key: Key, job: Object) -> None:
        """Delete a finished Job after its ttlSecondsAfterFinished."""
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        if ttl is None or going(job):
            return
        ended = max(found["lastTransitionTime"] for found in job["status"]["conditions"])
        left = ttl - age(ended)
        if left > 0:
            self.queue.add_later(self, key, left + 0.5)
        else:
            self.store.delete(key)

    def _report(self, job: Object, kind: str, reason: str, message: str) -> None:
        self.cluster.recorder.emit(reference(job, "batch/v1", "Job"), SOURCE, kind, reason, message)


def _add_index(spec: Object, where: str) -> None:
    """Tell its containers which completion a pod is for."""
    path = f"metadata.{where}['{INDEX}']"
    variable = {"name": INDEX_VARIABLE, "valueFrom": {"fieldRef": {"fieldPath": path}}}
    for kind in ("initContainers", "containers"):
        if spec.get(kind):
            spec[kind] = [
                one
                if any(known["name"] == INDEX_VARIABLE for known in one.get("env") or ())
                else {**one, "env": [*(one.get("env") or ()), variable]}
                for one in spec[kind]
            ]


def index_ranges(indexes: Iterable[int]) -> str:
    """As a Job's status has them: 0,2-4."""
    ranges: list[list[int]] = []
    for index in sorted(set(indexes)):
        if ranges and ranges[-1][1] == index - 1:
            ranges[-1][1] = index
        else:
            ranges.append([index, index])
    return ",".join(
        str(first) if first == last else f"{first}{',' if last == first + 1 else '-'}{last}"
        for first, last in ranges
    )


def is_finished(job: Object) -> bool:
    return holds(job, "Complete") or holds(job, "Failed")


def _is_indexed(job: Object) -> bool:
    return bool(job["spec"].get("completionMode") == "Indexed")


def _index(pod: Object) -> int:
    return int((pod["metadata"].get("annotations") or {}).get(INDEX, -1))


def _phase(pod: Object) -> str:
    return str(pod.get("status", {}).get("phase", "Pending"))


def _restarts(pod: Object) -> int:
    return sum(entry.get("restartCount", 0) for entry in pod.get("status", {}).get("containerStatuses") or ())


def _ended(pod: Object) -> str:
    ends = [
        entry["state"]["terminated"]["finishedAt"]
        for entry in pod.get("status", {}).get("containerStatuses") or ()
        if "terminated" in entry.get("state", {})
    ]
    return max(ends, default=str(pod["metadata"]["creationTimestamp"]))
