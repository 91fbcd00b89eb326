"""Rules of ValidatingWebhookConfigurations and MutatingWebhookConfigurations."""

from __future__ import annotations

from urllib.parse import urlsplit

from runner.practice.machinery.validation.problems import Object, Problems
from runner.practice.validation.admission_policies import rules

REVIEW_VERSIONS = ("v1", "v1beta1")


def webhooks(problems: Problems, obj: Object, old: Object | None) -> None:
    seen: set[str] = set()
    for index, hook in enumerate(obj.get("webhooks") or ()):
        at, name = f"webhooks[{index}]", hook.get("name", "")
        if not name:
            problems.required(f"{at}.name")
        elif len([part for part in name.split(".") if part]) < 3:
            why = "should be a domain with at least three segments separated by dots"
            problems.invalid(f"{at}.name", name, why)
        if name in seen:
            problems.duplicate(f"{at}.name", name)
        seen.add(name)
        rules(problems, f"{at}.rules", hook.get("rules") or ())
        problems.one_of(f"{at}.failurePolicy", hook.get("failurePolicy", "Fail"), ("Fail", "Ignore"))
        problems.one_of(f"{at}.matchPolicy", hook.get("matchPolicy", "Equivalent"), ("Equivalent", "Exact"))
        problems.one_of(f"{at}.sideEffects", hook.get("sideEffects"), ("None", "NoneOnDryRun"))
        seconds = hook.get("timeoutSeconds", 10)
        if not 1 <= seconds <= 30:
            problems.invalid(
                f"{at}.timeoutSeconds", seconds, "the timeout value must be between 1 and 30 seconds"
            )
        _client(problems, f"{at}.clientConfig", hook.get("clientConfig") or {})
        _versions(problems, f"{at}.admissionReviewVersions", hook.get("admissionReviewVersions") or [])


def _client(problems: Problems, at: str, client: Object) -> None:
    url, service = client.get("url"), client.get("service")
    if (url is None) is (service is None):
        problems.required(at, "exactly one of url or service is required")
    elif url is not None:
        _url(problems, f"{at}.url", url)
    else:
        for field in ("name", "namespace"):
            if not (service or {}).get(field):
                problems.required(f"{at}.service.{field}", f"service {field} is required")


def _url(problems: Problems, at: str, url: str) -> None:
    form = "; desired format: https://host[/path]"
    parts = urlsplit(url)
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


def _versions(problems: Problems, at: str, versions: list[str]) -> None:
    if not versions:
        listed = ", ".join(REVIEW_VERSIONS)
        problems.required(at, f"must specify one of {listed}")
    elif not set(versions) & set(REVIEW_VERSIONS):
        problems.invalid(at, versions, f"must include at least one of {', '.join(REVIEW_VERSIONS)}")
