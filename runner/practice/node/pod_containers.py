"""The containers of a pod by name, as the API server and the kubelet look for them."""

from __future__ import annotations

from runner.practice.machinery.api.call import Call
from runner.practice.machinery.errors import bad_request
from runner.practice.machinery.store import Object

SPECS = ("initContainers", "containers", "ephemeralContainers")
STATUSES = ("containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses")
STARTING_SECONDS = 10.0
"""How long a container that the API shows as running may be unknown to the runtime: it is started again after a
restart of the cluster's process."""
ALL_NAMES_IN_ONE_LIST_SINCE = 22


def chosen_container(pod: Object, call: Call, minor: int) -> str:
    """The container that a request for logs, exec or attach is about: the one that its query names, else the only one.

    Raises ApiError (400) as that minor version words it (pkg/registry/core/pod/strategy.go).
    """
    spec = pod.get("spec") or {}
    asked = call.query.get("container", "")
    names = {field: [each["name"] for each in spec.get(field) or ()] for field in SPECS}
    if asked:
        if not any(asked in each for each in names.values()):
            raise bad_request(f"container {asked} is not valid for pod {call.name}")
        return asked
    main, first = names["containers"], names["initContainers"]
    if len(main) == 1:
        return str(main[0])
    if minor >= ALL_NAMES_IN_ONE_LIST_SINCE:
        offered = f"[{' '.join(name for field in SPECS for name in names[field])}]"
    else:
        offered = f"[{' '.join(main)}]" + (
            f" or one of the init containers: [{' '.join(first)}]" if first else ""
        )
    raise bad_request(f"a container name must be specified for pod {call.name}, choose one of: {offered}")


def container_spec(pod: Object, name: str) -> Object:
    """The container of that name, which the pod must have."""
    spec = pod.get("spec") or {}
    return next(each for field in SPECS for each in spec.get(field) or () if each["name"] == name)


def container_status(pod: Object, name: str) -> Object | None:
    """The status of the container of that name; None where the kubelet has written none yet."""
    status = pod.get("status") or {}
    return next(
        (each for field in STATUSES for each in status.get(field) or () if each["name"] == name), None
    )
