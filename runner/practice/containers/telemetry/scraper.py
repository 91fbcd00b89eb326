"""Finds a Prometheus' targets, scrapes them at their intervals, and keeps the samples."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Literal

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_programs.in_cluster_client import ApiClient, ApiError
from runner.practice.containers.network_messages import ConnectError, Request
from runner.practice.containers.telemetry import target_discovery
from runner.practice.containers.telemetry.exposition_format import InvalidFormat, read_samples
from runner.practice.containers.telemetry.kubelet_metrics import kubelet_answer
from runner.practice.containers.telemetry.label_pairs import NAME, Labels, labels_of
from runner.practice.containers.telemetry.prometheus_config import PrometheusConfig, ScrapeJob
from runner.practice.containers.telemetry.relabeling import relabel
from runner.practice.containers.telemetry.sample_store import SampleStore
from runner.practice.containers.telemetry.scrape_target import ScrapeTarget, target_of

REFRESH_SECONDS = 60.0
"""Objects are listed anew so often, and whenever pods or Services have changed."""
LOOK_SECONDS = 1.0
CPU_OF_A_SAMPLE = 0.000002


class ScrapeError(Exception):
    """Why a target gave nothing: the words on its page."""


class Scraper:
    """Runs within the program of a Prometheus."""

    def __init__(self, call: Invocation, config: PrometheusConfig, store: SampleStore) -> None:
        self._call, self.store = call, store
        self.config = config
        self.targets: dict[str, list[ScrapeTarget]] = {}
        """By job."""
        self.dropped: list[dict[str, str]] = []
        """The labels of what relabeling leaves out."""
        self.discovery_error = ""
        self._generation, self._listed = -1, 0.0
        self._due: dict[str, float] = {}
        """time.monotonic() of the next scrape of a job."""

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            await self.discover()
            now = time.monotonic()
            due = [job for job in self.config.jobs if self._due.get(job.name, 0.0) <= now]
            for job in due:
                self._due[job.name] = now + job.interval
            await asyncio.gather(
                *(self.scrape(target) for job in due for target in self.targets.get(job.name, ()))
            )
            waits = [due - time.monotonic() for due in self._due.values()]
            await asyncio.sleep(max(0.05, min([LOOK_SECONDS, *waits])))

    def reload(self, config: PrometheusConfig) -> None:
        self.config = config
        self._generation, self._due = -1, {}

    async def discover(self) -> None:
        """Look for targets where something has changed; those that are there already keep their state."""
        index = self._call.container.pod.network.index
        if self._generation == index.generation and time.monotonic() - self._listed < REFRESH_SECONDS:
            return
        self._generation, self._listed = index.generation, time.monotonic()
        roles = {role for job in self.config.jobs for each in job.discoveries for role in _roles(each.role)}
        try:
            objects = await self._list(roles)
        except ApiError as error:
            self.discovery_error = str(error)
            self._generation = -1
            objects = {}
        else:
            self.discovery_error = ""
        self.dropped = []
        before = self.targets
        self.targets = {}
        for job in self.config.jobs:
            if self.discovery_error and any(each.role for each in job.discoveries):
                self.targets[job.name] = before.get(job.name, [])
                continue
            self.targets[job.name] = self._of_job(job, objects, before.get(job.name, []))
        self._end_those_gone(before)

    async def scrape(self, target: ScrapeTarget) -> None:
        """Read one target, and keep what it says; `up` says whether that went well."""
        began, started = time.time(), time.monotonic()
        try:
            text = await self._read(target)
            samples, about = read_samples(text)
            self.store.metadata |= about
            target.health, target.error = "up", ""
        except (ScrapeError, InvalidFormat) as error:
            samples = []
            target.health, target.error = "down", str(error)
        await self._call.container.work(CPU_OF_A_SAMPLE * len(samples))
        target.last_scrape, target.duration = began, time.monotonic() - started
        kept = {}
        for labels, value in samples:
            merged = self._merged(target, labels)
            if merged is not None:
                kept[merged] = value
        own = {
            "up": float(target.health == "up"),
            "scrape_duration_seconds": target.duration,
            "scrape_samples_scraped": float(len(samples)),
            "scrape_samples_post_metric_relabeling": float(len(kept)),
        }
        for name, value in own.items():
            kept[labels_of([*target.labels, (NAME, name)])] = value
        for labels, value in kept.items():
            self.store.add(labels, began, value)
        self.store.end(target.series - kept.keys(), began)
        target.series = set(kept)

    def _merged(self, target: ScrapeTarget, labels: Labels) -> Labels | None:
        """A sample's labels with those of its target; where both have one, honor_labels decides."""
        own = dict(labels)
        if target.job.honor_labels:
            merged = {**dict(target.labels), **own}
        else:
            clashing = {name for name, _ in target.labels if name in own}
            renamed = {f"exported_{name}" if name in clashing else name: text for name, text in own.items()}
            merged = {**renamed, **dict(target.labels)}
        if target.job.metric_relabel:
            relabeled = relabel(merged, target.job.metric_relabel)
            return labels_of(relabeled) if relabeled else None
        return labels_of(merged)

    async def _read(self, target: ScrapeTarget) -> str:
        """The target's metrics. Raises ScrapeError."""
        pod = self._call.container.pod
        of_kubelet = kubelet_answer(pod.network, target.host, target.port, target.path)
        if of_kubelet is not None:
            return of_kubelet
        headers = [
            ("Host", f"{target.host}:{target.port}"),
            ("User-Agent", "Prometheus/2.26.0"),
            ("Accept", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
        ]
        if target.job.token_file:
            try:
                token = ContainerFiles(self._call.container).read_text(target.job.token_file)
            except OSError as error:
                raise ScrapeError(f"unable to read authorization credentials file: {error}") from None
            headers.append(("Authorization", f"Bearer {token.strip()}"))
        scheme: Literal["http", "https"] = "https" if target.scheme == "https" else "http"
        asked = Request("GET", target.path, headers, scheme=scheme)
        try:
            async with asyncio.timeout(target.job.timeout):
                answer = await pod.network.request(
                    pod, target.host, target.port, asked, timeout=target.job.timeout
                )
        except TimeoutError:
            raise ScrapeError(f'Get "{target.url}": context deadline exceeded') from None
        except ConnectError as error:
            raise ScrapeError(f'Get "{target.url}": {_dial(error, target)}') from None
        if answer.status != 200:
            reason = answer.reason or {404: "Not Found", 403: "Forbidden", 503: "Service Unavailable"}.get(
                answer.status, ""
            )
            raise ScrapeError(f"server returned HTTP status {answer.status} {reason}".rstrip())
        return answer.body.decode("utf-8", "replace")

    async def _list(self, roles: set[str]) -> dict[str, list[target_discovery.Object]]:
        """The objects of these roles. Raises ApiError."""
        api = ApiClient(self._call)
        found: dict[str, list[target_discovery.Object]] = {}
        for role in sorted(roles):
            group, plural = target_discovery.PATHS[role]
            found[role] = (await api("GET", f"{group}/{plural}")).get("items") or []
        return found

    def _of_job(
        self,
        job: ScrapeJob,
        objects: dict[str, list[target_discovery.Object]],
        before: Sequence[ScrapeTarget],
    ) -> list[ScrapeTarget]:
        known = {target.key: target for target in before}
        found: dict[object, ScrapeTarget] = {}
        for each in job.discoveries:
            plain = (
                target_discovery.discovered(each.role, _in(objects, each.namespaces))
                if each.role
                else ({**each.labels, "__address__": target} for target in each.targets)
            )
            for labels in plain:
                target = target_of(job, labels)
                if target is None:
                    self.dropped.append({"job": job.name, **labels})
                else:
                    found[target.key] = known.get(target.key, target)
        return list(found.values())

    def _end_those_gone(self, before: dict[str, list[ScrapeTarget]]) -> None:
        there = {id(target) for targets in self.targets.values() for target in targets}
        for targets in before.values():
            for target in targets:
                if id(target) not in there:
                    self.store.end(target.series, time.time())


def _roles(role: str) -> Sequence[str]:
    return target_discovery.needed(role) if role else ()


def _in(
    objects: dict[str, list[target_discovery.Object]], namespaces: Sequence[str]
) -> dict[str, list[target_discovery.Object]]:
    if not namespaces:
        return objects
    return {
        role: [each for each in found if each["metadata"].get("namespace") in namespaces]
        for role, found in objects.items()
    }


def _dial(error: ConnectError, target: ScrapeTarget) -> str:
    """As Go's net package words it."""
    where = f"{error.address or error.host}:{error.port or target.port}"
    match error.failure:
        case "unknown host":
            return f"dial tcp: lookup {error.host} on 10.96.0.10:53: no such host"
        case "refused":
            return f"dial tcp {where}: connect: connection refused"
        case "no route":
            return f"dial tcp {where}: connect: no route to host"
        case "reset":
            return f"read tcp {where}: read: connection reset by peer"
    return f"dial tcp {where}: i/o timeout"
