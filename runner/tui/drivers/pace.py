"""Not reading faster than what is typed is worked off."""

from __future__ import annotations

import contextlib
from typing import Any

from textual.app import App, ScreenStackError
from textual.message_pump import MessagePump

_BEHIND = 100
"""Events that may wait before more is read: what is typed meanwhile waits outside, not before the end of the program."""


def behind(app: App[Any]) -> bool:
    """Whether what was typed is not worked off yet."""
    at: list[MessagePump | None] = [app]
    with contextlib.suppress(ScreenStackError):  # it begins, or ends
        at += [app.screen, app.focused]
    return any(each is not None and each.message_queue_size > _BEHIND for each in at)
