"""The recording on disk: JSON lines, written as things happen, so that a killed program loses nothing.

Of the cluster only what became otherwise is written. A last line that was cut short is let go.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runner.authoring.record.cluster_snapshot import by_name
from runner.authoring.record.recording import Beginning, Moment, Places, Ran, Recording, Typed
from runner.paths import append_whole
from runner.words import UserError, phrase
from runner.world.everything import Everything, Key

FILE = "recording.jsonl"
FORMAT = 1


class RecordingInUse(UserError):
    """Another program records this lab."""


class Journal:
    """One recording's file, open for appending by one program at a time. Raises RecordingInUse, OSError."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = folder / FILE
        self._lock = _locked(folder / "lock")
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.ftruncate(self._file, whole)
        self.recording = read(content[:whole])
        """What was recorded last; None if nothing was."""

    def begin(self, beginning: Beginning, cluster: Everything, places: Places) -> None:
        """Begin again; an earlier recording is set aside, with its time."""
        if self.path.stat().st_size:
            os.close(self._file)
            self.path.rename(self.path.with_name(f"recording-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.jsonl"))
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        fields = {**asdict(beginning), "workspace": str(beginning.workspace)}
        self._write({"what": "begin", "format": FORMAT, **fields})
        self.recording = Recording(beginning, [Moment(None, Everything({}, ()), places)])
        self.rested(cluster, places)

    def ran(self, ran: Ran, places: Places) -> None:
        """A command has ended; what came of it in the cluster follows."""
        assert self.recording is not None
        moments = self.recording.moments
        moments.append(Moment(ran, moments[-1].cluster, places))
        self._write({"what": "ran", **asdict(ran), "places": _places(places)})

    def rested(self, cluster: Everything, places: Places | None = None) -> None:
        """What the cluster is like after the last command."""
        assert self.recording is not None
        moments = self.recording.moments
        before = moments[-1]
        cluster = _sharing(before.cluster, cluster)
        moments[-1] = Moment(before.ran, cluster, places or before.places)
        line = {"what": "cluster", **_difference(before.cluster, cluster)}
        if places:
            line["places"] = _places(places)
        if places or line["now"] or line["gone"] or "kinds" in line:
            self._write(line)

    def later(self, cluster: Everything) -> None:
        """What the cluster has come to without a further command."""
        assert self.recording is not None
        moments = self.recording.moments
        moments.append(Moment(None, moments[-1].cluster, moments[-1].places))
        self._write({"what": "later"})
        self.rested(cluster)

    def written(self, folder: Path) -> None:
        """The lab was written: the next recording of this name begins again."""
        self._write({"what": "written", "folder": str(folder)})

    def close(self) -> None:
        os.close(self._file)
        os.close(self._lock)

    def _write(self, line: Mapping[str, Any]) -> None:
        append_whole(self._file, (json.dumps(line, ensure_ascii=True) + "\n").encode())
        os.fsync(self._file)


def read(content: bytes) -> Recording | None:
    """The last recording of a journal; None if there is none. Damaged lines are passed over."""
    recording: Recording | None = None
    for line in content.splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            recording = _apply(recording, json.loads(line))
    return recording


def _apply(recording: Recording | None, line: dict[str, Any]) -> Recording | None:
    what = line.pop("what")
    if what == "begin":
        if line.pop("format") != FORMAT:
            return None
        beginning = Beginning(**{**line, "workspace": Path(line["workspace"])})
        return Recording(beginning, [Moment(None, Everything({}, ()), Places("", {}, {}))])
    if recording is None:
        return None
    last = recording.moments[-1]
    if what == "written":
        recording.written = True
    elif what == "ran":
        places = _read_places(line.pop("places"))
        recording.moments.append(Moment(_read_ran(line), last.cluster, places))
    elif what == "later":
        recording.moments.append(Moment(None, last.cluster, last.places))
    elif what == "cluster":
        places = _read_places(line["places"]) if "places" in line else last.places
        recording.moments[-1] = Moment(last.ran, _patched(last.cluster, line), places)
    return recording


def _difference(before: Everything, now: Everything) -> dict[str, Any]:
    """What to change in `before` to have `now`."""
    difference: dict[str, Any] = {
        "now": [
            [by_name(key), obj] for key, obj in sorted(now.objects.items()) if before.objects.get(key) != obj
        ],
        "gone": [by_name(key) for key in sorted(before.objects) if key not in now.objects],
    }
    if set(before.kinds) != set(now.kinds):
        difference["kinds"] = sorted(now.kinds)
    return difference


def _sharing(before: Everything, now: Everything) -> Everything:
    """The same, with the very objects of `before` where they are equal: a long recording has few different ones."""
    same = before.objects
    objects = {key: same[key] if same.get(key) == obj else obj for key, obj in now.objects.items()}
    return Everything(objects, now.kinds, now.unread)


def _patched(before: Everything, line: Mapping[str, Any]) -> Everything:
    objects = dict(before.objects)
    for name, obj in line["now"]:
        objects[_key(name)] = obj
    for name in line["gone"]:
        objects.pop(_key(name), None)
    kinds = {(group, kind) for group, kind in line["kinds"]} if "kinds" in line else before.kinds
    return Everything(objects, kinds)


def _key(name: list[str]) -> Key:
    kind, namespace, own, group = name
    return Key(kind, namespace, own, group)


def _places(places: Places) -> dict[str, Any]:
    return {
        "folder": places.folder,
        "files": dict(places.files),
        "environment": dict(places.environment),
        "programs": sorted(places.programs),
    }


def _read_places(fields: Mapping[str, Any]) -> Places:
    return Places(fields["folder"], fields["files"], fields["environment"], frozenset(fields["programs"]))


def _read_ran(fields: dict[str, Any]) -> Ran:
    typed = fields.pop("typed")
    for name in ("answers", "hidden", "keys", "unasked"):
        typed[name] = tuple(tuple(each) if isinstance(each, list) else each for each in typed[name])
    return Ran(**fields, typed=Typed(**typed))


def _locked(path: Path) -> int:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise RecordingInUse(
            phrase(
                "This lab is being recorded in another terminal. Stop that recording first, then try again."
            )
        ) from None
    return descriptor
