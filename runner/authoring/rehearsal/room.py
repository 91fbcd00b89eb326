"""The class itself: learners with clusters, kubeconfigs, a roster, and what each must get."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

import yaml

from runner.authoring.rehearsal.states import State, States, states
from runner.labs.model import Lab
from runner.paths import write_private
from runner.practice.cluster import PracticeCluster
from runner.session.target import practice_wants

FAMILIES = [
    "김",
    "이",
    "박",
    "최",
    "정",
    "강",
    "조",
    "윤",
    "장",
    "임",
    "한",
    "오",
    "서",
    "신",
    "권",
    "황",
    "안",
    "송",
    "류",
    "홍",
]
GIVEN = [
    "민준",
    "서연",
    "도윤",
    "서윤",
    "시우",
    "지우",
    "하준",
    "하은",
    "지호",
    "수아",
    "주원",
    "지유",
    "예준",
    "채원",
    "유준",
    "다은",
    "현우",
    "소율",
    "지훈",
    "예린",
]
UNREACHABLE = "127.0.0.1:9"
"""The discard port, on which nobody answers."""
UNREACHABLE_ONE_IN = 25
"""Of the learners with faults, so many have a cluster that is not there at all."""


@dataclass(frozen=True, slots=True)
class Seat:
    """A learner of the class. `state` None: their cluster does not answer."""

    id: str
    name: str
    state: State | None

    def truth(self, total: int) -> dict[str, object]:
        """What grading must find."""
        points = self.state.points if self.state is not None else None
        standing = "not-graded" if points is None else "passed" if points == total else "not-passed"
        return {
            "id": self.id,
            "name": self.name,
            "state": self.state.name if self.state is not None else "unreachable",
            "standing": standing,
            "points": points,
            "held_by": self.state.held_by if self.state is not None and points is not None else "",
        }


def seated(all_states: States, learners: int, seed: int) -> list[Seat]:
    """A third finished, a third part of the way, a third with faults; the same for the same seed."""
    random = Random(seed)  # noqa: S311 - a class, no secret
    kinds: Sequence[list[State]] = [all_states.of(kind) for kind in ("finished", "partway", "fault")]
    seats = []
    for number in range(learners):
        of_kind = kinds[number % 3] or kinds[0]
        state: State | None = random.choice(of_kind)
        if number % 3 == 2 and (number // 3) % UNREACHABLE_ONE_IN == UNREACHABLE_ONE_IN - 1:
            state = None
        name = random.choice(FAMILIES) + random.choice(GIVEN)
        seats.append(Seat(f"s{number + 1:04}", name, state))
    random.shuffle(seats)
    return seats


@asynccontextmanager
async def classroom(lab: Lab, folder: Path, work: Path, learners: int, seed: int) -> AsyncIterator[Path]:
    """Serve the class while the context is open, and give its roster: FOLDER/roster.yaml.

    Beside it are kubeconfigs/ and truth.json; `work` is for what is needed on the way. Everything is on this
    machine's loopback address.
    """
    kubeconfigs = folder / "kubeconfigs"
    kubeconfigs.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(states(lab, work))
        total = made.all[0].total
        seats = seated(made, learners, seed)
        entries = []
        for seat in seats:
            path = kubeconfigs / f"{seat.id}.yaml"
            state = seat.state or made.all[0]
            cluster = PracticeCluster(
                seat.id,
                made.version,
                pages=practice_wants(lab).pages,
                resting=state.snapshot,
                identity=made.identity,
            )
            await stack.enter_async_context(cluster)
            cluster.kubeconfig(path)
            if seat.state is None:
                write_private(
                    path, path.read_text().replace(cluster.server.removeprefix("https://"), UNREACHABLE)
                )
            entries.append({"id": seat.id, "name": seat.name, "kubeconfig": f"kubeconfigs/{seat.id}.yaml"})
        truth = {"lab": lab.id, "points_total": total, "learners": [seat.truth(total) for seat in seats]}
        (folder / "truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n")
        roster = folder / "roster.yaml"
        roster.write_text(yaml.safe_dump(entries, allow_unicode=True, sort_keys=False))
        yield roster
