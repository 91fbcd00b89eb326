"""Field manager and options of a writing request."""

from __future__ import annotations

from runner.practice.machinery.api.backend import Backend
from runner.practice.machinery.api.call import Call
from runner.practice.machinery.errors import Cause, invalid
from runner.practice.machinery.patch.managed_fields import Writer
from runner.practice.machinery.store import timestamp
from runner.practice.machinery.write_pipeline import WriteOptions

SUBRESOURCE_SINCE = 22
"""The minor since which managedFields name the subresource that was written through."""


def writer_of(backend: Backend, call: Call, *, apply: bool = False) -> Writer:
    """The owner of the fields that this request writes: fieldManager, or what comes first in the user agent."""
    manager = call.query.get("fieldManager") or call.headers.get("User-Agent", "unknown").split("/")[0]
    if apply and not call.query.get("fieldManager"):
        cause = Cause("fieldManager", "Required value: is required for apply patch", "FieldValueRequired")
        raise invalid("PatchOptions", "", [cause], "meta.k8s.io")
    subresource = call.subresource if backend.minor >= SUBRESOURCE_SINCE else ""
    return Writer(manager, call.api_version, timestamp(), subresource)


def write_options(
    backend: Backend, call: Call, warnings: list[str], writer: Writer | None = None
) -> WriteOptions:
    """`writer` None: the object has its managedFields already (server-side apply)."""
    return WriteOptions(
        user=call.user,
        guarded=True,
        writer=writer,
        subresource=call.subresource,
        dry_run=call.dry_run,
        warnings=warnings,
        webhooks=call.webhooks,
    )
