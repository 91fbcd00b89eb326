"""Rules of how the API server reaches what it calls: a URL, or a Service of the cluster."""

from __future__ import annotations

from urllib.parse import urlsplit

from runner.practice.machinery.validation import name_rules as names
from runner.practice.machinery.validation.problems import Object, Problems


def client_config(problems: Problems, at: str, found: Object, *, choice_at: str = "") -> None:
    """`choice_at`: where the complaint about the choice of url or service stands."""
    url, service = found.get("url"), found.get("service")
    if (url is None) == (service is None):
        problems.required(choice_at or at, "exactly one of url or service is required")
    if url is not None:
        _address(problems, f"{at}.url", url)
    elif service is not None:
        service_reference(problems, f"{at}.service", service)


def _address(problems: Problems, at: str, url: str) -> None:
    form = "; desired format: https://host[/path]"
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        problems.required(at, f"url must be a valid URL: {error}{form}")
        return
    if parts.scheme != "https":
        problems.invalid(at, parts.scheme, f"'https' is the only allowed URL scheme{form}")
    if not parts.netloc:
        problems.invalid(at, parts.netloc, f"host must be specified{form}")
    if parts.username is not None:
        problems.invalid(at, parts.username, "user information is not permitted in the URL")
    if parts.fragment:
        problems.invalid(at, parts.fragment, "fragments are not permitted in the URL")
    if parts.query:
        problems.invalid(at, parts.query, "query parameters are not permitted in the URL")


def service_reference(problems: Problems, at: str, found: Object) -> None:
    for field in ("name", "namespace"):
        if not found.get(field):
            problems.required(f"{at}.{field}", f"service {field} is required")
    if found.get("path") is not None:
        _path(problems, f"{at}.path", found["path"])
    port = found.get("port", 443)
    if not 1 <= port <= 65535:
        problems.invalid(f"{at}.port", port, "port is not valid: must be between 1 and 65535, inclusive")


def _path(problems: Problems, at: str, path: str) -> None:
    if path == "/" or not path:
        return
    if path == "//":
        problems.invalid(at, path, "segment[0] may not be empty")
        return
    if not path.startswith("/"):
        problems.invalid(at, path, "must start with a '/'")
    steps = path[1:].removesuffix("/").split("/")
    for index, step in enumerate(steps):
        if not step:
            problems.invalid(at, path, f"segment[{index}] may not be empty")
            continue
        for words in names.subdomain(step):
            problems.invalid(at, path, f"segment[{index}]: {words}")
