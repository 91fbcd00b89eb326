"""A made-up lab and made-up runs of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checks.base import Finding, ObjectRef, Outcome, Verdict
from checks.phrase import phrase
from runner.grading.result import Result
from runner.labs.model import Lab
from runner.session.events import (
    CheckUpdated,
    CommandFinished,
    CommandStarted,
    Event,
    LabFinished,
    LabStarted,
    OutputReceived,
    StepFailed,
    StepPassed,
    StepSkipped,
    StepStarted,
)
from runner.shell import CommandEnd

STARTED = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)

PASSED = Outcome(Verdict.PASSED, phrase("there"), phrase("there"))
ABSENT = Outcome(
    Verdict.FAILED,
    phrase("replicas: {wanted}", wanted=2),
    phrase("replicas: {found}", found=0),
    (
        Finding(
            "image-not-found",
            phrase("the image {image} can't be pulled", image="istio/pilot:0.0"),
            phrase("correct the image"),
            ObjectRef("Pod", "istiod-abc", "istio-system"),
            "ErrImagePull",
        ),
    ),
)
UNREADABLE = Outcome(Verdict.ERROR, phrase("an answer"), phrase("the API server does not answer"))
PENDING = Outcome(Verdict.PENDING, phrase("an address"), phrase("<pending>"))


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab.model_validate(
        {
            "id": "mesh",
            "folder": tmp_path,
            "title": {"en": "A mesh & more", "ko": "서비스 메시 설치"},
            "summary": {"en": "…", "ko": "…"},
            "minutes": 10,
            "level": "beginner",
            "values": {"version": "1.11.3"},
            "cleanup": {
                "title": {"en": "Tidy up", "ko": "정리"},
                "text": {"en": "…"},
                "run": [{"command": "true"}],
            },
            "steps": [
                {
                    "id": "install",
                    "title": {"en": "Install Istio", "ko": "Istio 설치하기"},
                    "text": {"en": "…"},
                    "run": [{"command": "istioctl install"}],
                    "checks": [
                        {"namespace": "istio-system"},
                        {
                            "deployment": "istiod",
                            "in": "istio-system",
                            "points": 3,
                            "hint": {"en": "Look at the image.", "ko": "이미지를 살펴보세요."},
                        },
                        {"namespace": "top-secret", "hidden": True},
                    ],
                },
                {
                    "id": "expose",
                    "title": {"en": "Expose Kiali", "ko": "Kiali를 외부로 열기"},
                    "text": {"en": "…"},
                    "checks": [{"service": "kiali", "in": "istio-system"}],
                },
                {
                    "id": "bonus",
                    "title": {"en": "Grafana", "ko": "Grafana"},
                    "text": {"en": "…"},
                    "checks": [{"service": "grafana", "in": "istio-system", "points": 5}],
                    "optional": True,
                },
            ],
        }
    )


@pytest.fixture
def result_of(lab: Lab) -> Callable[[Sequence[Event]], Result]:
    def build(events: Sequence[Event]) -> Result:
        result = Result.of(lab, STARTED)
        for event in events:
            result.apply(event)
        return result

    return build


BEGIN = LabStarted("mesh", "practice/mesh", "https://me:secret@127.0.0.1:6443", "1.22.0", "a1", False)


def all_passed() -> list[Event]:
    return [
        BEGIN,
        StepStarted("install"),
        CommandStarted("install", 0, "istioctl install"),
        OutputReceived("install", "\x1b[32m✔ Istiod installed\x1b[0m\r\n"),
        CommandFinished("install", 0, "istioctl install", CommandEnd(0, 12.5)),
        CheckUpdated("install", 0, PASSED),
        CheckUpdated("install", 1, PENDING),
        CheckUpdated("install", 1, PASSED),
        CheckUpdated("install", 2, PASSED),
        StepPassed("install", 13.0),
        StepStarted("expose"),
        CheckUpdated("expose", 0, PASSED),
        StepPassed("expose", 0.2),
        StepStarted("bonus"),
        CheckUpdated("bonus", 0, ABSENT),
        StepFailed("bonus", 1.0, (ABSENT,), False),
        LabFinished(True, False, 2, 2, 6, 6, 14.2),
    ]


def not_passed() -> list[Event]:
    return [
        BEGIN,
        StepStarted("install"),
        CommandStarted("install", 0, "istioctl install"),
        OutputReceived("install", "Error: no such image\r\n"),
        CommandFinished("install", 0, "istioctl install", CommandEnd(1, 2.0)),
        CheckUpdated("install", 0, PASSED),
        CheckUpdated("install", 1, ABSENT),
        CheckUpdated("install", 2, ABSENT),
        StepFailed("install", 60.0, (PASSED, ABSENT, ABSENT), False),
        StepSkipped("expose", "install"),
        StepSkipped("bonus", "install"),
        LabFinished(False, False, 0, 2, 1, 6, 62.0),
    ]


def unreadable() -> list[Event]:
    return [
        BEGIN,
        StepStarted("install"),
        *(CheckUpdated("install", index, UNREADABLE) for index in range(3)),
        StepFailed("install", 10.0, (UNREADABLE,) * 3, True),
        StepSkipped("expose", "install"),
        StepSkipped("bonus", "install"),
        LabFinished(False, True, 0, 2, 0, 6, 10.0),
    ]


@pytest.fixture
def streams() -> dict[str, list[Event]]:
    """Whole runs by how they end."""
    return {"passed": all_passed(), "not-passed": not_passed(), "unreadable": unreadable()}


@pytest.fixture
def absent() -> Outcome:
    return ABSENT


@pytest.fixture
def unread() -> Outcome:
    return UNREADABLE
