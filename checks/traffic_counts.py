"""What was counted of the answers to a traffic check's requests, and what it comes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checks.base import TrafficSample
from checks.binomial import Answer
from checks.phrase import Phrase, count_phrase, phrase
from checks.traffic_shares import Share, percent
from checks.traffic_target import Latency, quantile

NO_ANSWER = "no-answer"
MOST_STATUSES = 6


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is expected of the answers."""

    share: Mapping[str, Share]
    status: Mapping[str, Share]
    availability: Share | None
    latency: Mapping[str, Latency]


@dataclass(frozen=True, slots=True)
class Counts:
    """The answers of all samples of one look."""

    sent: int
    seconds: float
    statuses: Mapping[int, int]
    matched: Mapping[str, int]
    latencies: tuple[float, ...]
    """Of what was answered, in order; empty where nothing tells."""
    problem: str
    """Why nothing answered, where that happened most."""

    @classmethod
    def of(cls, *samples: TrafficSample) -> Counts:
        answers = [answer for sample in samples for answer in sample.answers]
        problems = Counter(each.problem for each in answers if each.problem)
        return cls(
            len(answers),
            sum(sample.seconds for sample in samples),
            Counter(each.status for each in answers),
            Counter(pattern for each in answers for pattern in each.matched),
            tuple(sorted(each.seconds for each in answers if each.status and each.seconds is not None)),
            problems.most_common(1)[0][0] if problems else "",
        )

    @property
    def answered(self) -> int:
        return self.sent - self.statuses.get(0, 0)

    @property
    def good(self) -> int:
        """Answers that are no server's error, as siege's Availability counts them."""
        return sum(count for status, count in self.statuses.items() if 0 < status < 500)

    def with_status(self, wanted: str) -> int:
        """How many had this status: 503, 5xx or no-answer."""
        if wanted == NO_ANSWER:
            return self.statuses.get(0, 0)
        if wanted.endswith("xx"):
            return sum(
                count for status, count in self.statuses.items() if str(status)[:1] == wanted[0] and status
            )
        return self.statuses.get(int(wanted), 0)

    def judge(self, wanted: Wanted, *, last: bool) -> Answer:
        """What all that is expected comes to: wrong where one thing is."""
        answers = list(self._each(wanted, last))
        for answer in (Answer.NO, Answer.UNCLEAR):
            if answer in answers:
                return answer
        return Answer.YES

    def _each(self, wanted: Wanted, last: bool) -> Iterator[Answer]:
        for pattern, share in wanted.share.items():
            yield share.judge(self.matched.get(pattern, 0), self.answered, last=last)
        for status, share in wanted.status.items():
            yield share.judge(self.with_status(status), self.sent, last=last)
        if wanted.availability is not None:
            yield wanted.availability.judge(self.good, self.sent, last=True)
        for name, latency in wanted.latency.items():
            inside = bool(self.latencies) and quantile(list(self.latencies), int(name[1:])) in latency
            yield Answer.YES if inside else Answer.NO

    def only_starting(self) -> bool:
        """Whether nothing was answered but by those who have nobody behind them yet."""
        return all(status in (0, 502, 503, 504) for status in self.statuses)

    def in_words(self, wanted: Wanted) -> Phrase:
        """The counts, as a learner reads them."""
        parts = list(self._parts(wanted))
        return count_phrase(
            "{count} request in {seconds} s: {parts}",
            "{count} requests in {seconds} s: {parts}",
            count=self.sent,
            seconds=f"{self.seconds:.1f}",
            parts=tuple(parts),
        )

    def _parts(self, wanted: Wanted) -> Iterator[Phrase]:
        most = sorted(self.statuses.items(), key=lambda each: -each[1])[:MOST_STATUSES]
        for status, count in most:
            if status:
                yield phrase("status {status}: {number}", status=status, number=count)
            elif self.problem:
                yield phrase("no answer: {number} ({problem})", number=count, problem=self.problem)
            else:
                yield phrase("no answer: {number}", number=count)
        for pattern in wanted.share:
            hits = self.matched.get(pattern, 0)
            part = percent(hits / self.answered) if self.answered else "0"
            yield phrase("{pattern}: {number} ({percent} %)", pattern=pattern, number=hits, percent=part)
        if wanted.availability is not None:
            yield phrase(
                "availability: {percent} %", percent=percent(self.good / self.sent) if self.sent else "0"
            )
        for name in wanted.latency:
            if self.latencies:
                seconds = quantile(list(self.latencies), int(name[1:]))
                yield phrase("{quantile}: {seconds} s", quantile=name, seconds=f"{seconds:.3g}")
