"""API errors, worded as kube-apiserver words them.

The sentences follow k8s.io/apimachinery's `api/errors`, because kubectl prints them as they come.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cause:
    """One field that is wrong. `reason` is FieldValueInvalid, FieldValueRequired, FieldValueForbidden, …"""

    field: str
    message: str
    reason: str = "FieldValueInvalid"

    def as_dict(self) -> Object:
        return {"reason": self.reason, "message": self.message, "field": self.field}


class ApiError(Exception):
    """A refusal: an HTTP code and the `Status` that goes with it, or plain text where no handler was reached."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: Mapping[str, Any] | None = None,
        *,
        plain: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.details: Object = dict(details or {})
        self.plain = plain
        self._has_details = details is not None

    def status(self) -> Object:
        """The `Status` object of the answer's body."""
        status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
        }
        if self.reason:
            status["reason"] = self.reason
        if self._has_details:
            status["details"] = self.details
        status["code"] = self.code
        return status


def _split(resource: str) -> tuple[str, str]:
    """`deployments.apps` as (plural, group)."""
    plural, _, group = resource.partition(".")
    return plural, group


def _details(resource: str, name: str, **more: Any) -> Object:
    plural, group = _split(resource)
    details: Object = {"name": name} if name else {}
    if group:
        details["group"] = group
    details["kind"] = plural
    return {**details, **{key: value for key, value in more.items() if value}}


def not_found(resource: str, name: str) -> ApiError:
    """`pods "web" not found`. `resource` is a key: "pods", "deployments.apps"."""
    return ApiError(404, "NotFound", f'{resource} "{name}" not found', _details(resource, name))


def already_exists(resource: str, name: str, *, going: bool = False) -> ApiError:
    text = f'{resource} "{name}" already exists'
    if going:
        text = f"object is being deleted: {text}"
    return ApiError(409, "AlreadyExists", text, _details(resource, name))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def conflict(resource: str, name: str, why: str = MODIFIED) -> ApiError:
    message = f'Operation cannot be fulfilled on {resource} "{name}": {why}'
    return ApiError(409, "Conflict", message, _details(resource, name))


def invalid(kind: str, name: str, causes: Sequence[Cause], group: str = "") -> ApiError:
    """`Deployment.apps "web" is invalid: spec.replicas: Invalid value: …`.

    `kind` is "Pod", or "Deployment.apps" where `group` is not given apart.
    """
    if not group:
        kind, _, group = kind.partition(".")
    # A cause without a field is a sentence of its own: `Pod "web" is invalid: the words`.
    text = [f"{cause.field}: {cause.message}" if cause.field else cause.message for cause in causes]
    text = list(dict.fromkeys(text))
    why = text[0] if len(text) == 1 else f"[{', '.join(text)}]"
    qualified = f"{kind}.{group}" if group else kind
    shown_details = {"name": name, "group": group, "kind": kind}
    details: Object = {key: value for key, value in shown_details.items() if value}
    details["causes"] = [cause.as_dict() for cause in causes]
    return ApiError(422, "Invalid", f'{qualified} "{name}" is invalid: {why}', details)


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def forbidden(resource: str, name: str, why: str, causes: Sequence[Cause] = ()) -> ApiError:
    """`pods "web" is forbidden: <why>`; without a name `pods is forbidden: …`."""
    what = f'{resource} "{name}"' if name else resource
    details = _details(resource, name, causes=[cause.as_dict() for cause in causes])
    return ApiError(403, "Forbidden", f"{what} is forbidden: {why}", details)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def method_not_allowed() -> ApiError:
    return ApiError(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {}
    )


def no_such_resource(*, known_group: bool = False) -> ApiError:
    """A path that no resource answers to; a Status where its group version is served."""
    if known_group:
        return ApiError(404, "NotFound", "the server could not find the requested resource", {})
    return ApiError(404, "NotFound", "404 page not found", plain=True)


def gone(message: str) -> ApiError:
    """A revision that is compacted: watchers and paged lists start over."""
    return ApiError(410, "Expired", message)


def unsupported_media_type(accepted: Sequence[str]) -> ApiError:
    text = ", ".join(accepted)
    message = f"the body of the request was in an unknown format - accepted media types include: {text}"
    return ApiError(415, "UnsupportedMediaType", message)


def not_acceptable(accepted: Sequence[str]) -> ApiError:
    message = f"only the following media types are accepted: {', '.join(accepted)}"
    return ApiError(406, "NotAcceptable", message)


def too_many_requests(message: str, retry_after: int = 0, causes: Sequence[Cause] = ()) -> ApiError:
    """429; an eviction that a disruption budget refuses is one too."""
    details: Object = {}
    if causes:
        details["causes"] = [{k: v for k, v in cause.as_dict().items() if v} for cause in causes]
    if retry_after:
        details["retryAfterSeconds"] = retry_after
    return ApiError(429, "TooManyRequests", message, details)


def internal(message: str) -> ApiError:
    text = {"causes": [{"message": message}]}
    return ApiError(500, "InternalError", f"Internal error occurred: {message}", text)


def service_unavailable(message: str) -> ApiError:
    return ApiError(503, "ServiceUnavailable", message)
