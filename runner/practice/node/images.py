"""Which images can be pulled, and the runtime's error messages for those that can't.

Nothing is really pulled. An image is refused where a learner's real cluster would most likely refuse it:
a name that can't be read, a registry that does not exist, a tag that a well-known image does not have,
a name that looks like a slip of a well-known one.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass

_REFERENCE = re.compile(
    r"(?:(?P<registry>(?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+(?::\d+)?|localhost(?::\d+)?|[a-zA-Z0-9-]+:\d+)/)?"
    r"(?P<path>[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_BROKEN_TAGS = re.compile(r"does-?not-?exist|broken|no-?such-?tag|non-?existent|wrong|typo", re.IGNORECASE)
_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.\d+){0,2}(?:(?:a|b|alpha|beta|rc)\d+)?(?:[-_].*)?")
"""A tag that begins with a number, of the images of NEWEST: 1.27.3-alpine, 17rc1, 3.13.0a1-slim."""
_NO_REGISTRY = (".invalid", ".example", ".test")

NEWEST = {
    "alpine": (3, 30),
    "busybox": (1, 40),
    "httpd": (2, 4),
    "mariadb": (13, 9),
    "memcached": (1, 6),
    "mongo": (9, 9),
    "mysql": (10, 9),
    "nginx": (1, 35),
    "node": (30, 99),
    "postgres": (20, 99),
    "python": (3, 20),
    "redis": (9, 9),
    "tomcat": (12, 9),
}
"""The highest plausible version of well-known images (the minor counts for the highest major only)."""

OFFICIAL = frozenset(
    """
    adminer alpine amazoncorretto arangodb archlinux bash buildpack-deps busybox caddy cassandra
    centos chronograf clojure composer consul couchbase couchdb dart debian docker drupal eclipse-
    mosquitto eclipse-temurin elasticsearch elixir erlang fedora flink fluentd gcc ghost golang
    gradle groovy haproxy haskell hello-world httpd influxdb jenkins jetty joomla jruby julia
    kapacitor kibana kong logstash mariadb matomo maven mediawiki memcached mongo mongo-express mono
    mysql nats nats-streaming neo4j nextcloud nginx node odoo openjdk opensuse oraclelinux percona
    perl photon php phpmyadmin postgres pypy python r-base rabbitmq rakudo-star redis redmine
    registry rethinkdb rockylinux ruby rust sapmachine solr sonarqube spark storm swift telegraf
    tomcat tomee traefik ubuntu varnish vault wordpress xwiki zookeeper
    """.split()  # noqa: SIM905 - a list of a hundred strings is harder to read
)
"""Official images of Docker Hub (docker.io/library/…), as people name them."""

RATE_LIMIT = (
    "toomanyrequests: You have reached your pull rate limit. You may increase the limit by authenticating and "
    "upgrading: https://www.docker.com/increase-rate-limit"
)


@dataclass(frozen=True, slots=True)
class Image:
    """An image's name in full: docker.io/library/nginx:latest."""

    registry: str
    path: str
    tag: str
    digest: str

    @property
    def repository(self) -> str:
        return f"{self.registry}/{self.path}"

    @property
    def full(self) -> str:
        return f"{self.repository}@{self.digest}" if self.digest else f"{self.repository}:{self.tag}"

    @property
    def id(self) -> str:
        """What a containerStatus calls imageID."""
        return (
            f"{self.repository}@{self.digest or 'sha256:' + hashlib.sha256(self.full.encode()).hexdigest()}"
        )

    @property
    def size(self) -> int:
        """Bytes: invented, the same each time."""
        return 20_000_000 + int(hashlib.sha256(self.full.encode()).hexdigest()[:7], 16) % 180_000_000

    @property
    def name(self) -> str:
        """The last part: nginx."""
        return self.path.rpartition("/")[2]


def parse(name: str) -> Image | None:
    """None if the name is no image reference."""
    found = _REFERENCE.fullmatch(name)
    if found is None:
        return None
    registry, path = found["registry"] or "docker.io", found["path"]
    if registry in ("docker.io", "index.docker.io"):
        registry = "docker.io"
        path = path if "/" in path else f"library/{path}"
    return Image(registry, path, found["tag"] or "latest", found["digest"] or "")


def refusal(image: Image) -> str | None:
    """The runtime's error where `image` can't be pulled."""
    host = image.registry.partition(":")[0]
    if host.endswith(_NO_REGISTRY):
        return no_such_host(image)
    if image.digest:
        return None
    if _BROKEN_TAGS.search(image.tag) or not _plausible(image):
        return not_found(image)
    if _BROKEN_TAGS.search(image.path) or _is_slip(image):
        return access_denied(image)
    return None


def not_found(image: Image) -> str:
    return _error("NotFound", image, f"{image.full}: not found")


def no_such_host(image: Image) -> str:
    host = image.registry.partition(":")[0]
    url = f"https://{image.registry}/v2/{image.path}/manifests/{image.tag}"
    return _error(
        "Unknown", image, f'failed to do request: Head "{url}": dial tcp: lookup {host}: no such host'
    )


def timed_out(image: Image) -> str:
    url = f"https://{image.registry}/v2/{image.path}/manifests/{image.tag}"
    return _error(
        "Unknown", image, f'failed to do request: Head "{url}": dial tcp 203.0.113.7:443: i/o timeout'
    )


def retired(image: Image) -> str:
    url = f"https://{image.registry}/v2/{image.path}/manifests/{image.tag}"
    return _error("Unknown", image, f"unexpected status from HEAD request to {url}: 403 Forbidden")


def no_platform(image: Image) -> str:
    return (
        f'rpc error: code = NotFound desc = failed to pull and unpack image "{image.full}": no match for platform in'
        " manifest: not found"
    )


def access_denied(image: Image) -> str:
    why = (
        "pull access denied, repository does not exist or may require authorization: server message: "
        "insufficient_scope: authorization failed"
    )
    return _error("Unknown", image, why)


def rate_limited(image: Image) -> str:
    digest = image.id.partition("@")[2]
    url = f"https://registry-1.docker.io/v2/{image.path}/manifests/{digest}"
    return (
        f'rpc error: code = Unknown desc = failed to pull and unpack image "{image.full}": failed to copy: '
        f"httpReadSeeker: failed open: unexpected status code {url}: 429 Too Many Requests - Server message: {RATE_LIMIT}"
    )


def _error(code: str, image: Image, why: str) -> str:
    return (
        f'rpc error: code = {code} desc = failed to pull and unpack image "{image.full}": failed to resolve '
        f'reference "{image.full}": {why}'
    )


def _plausible(image: Image) -> bool:
    newest = NEWEST.get(image.name) if image.repository.startswith("docker.io/library/") else None
    if newest is None or not re.match(r"v?\d", image.tag):
        return True
    version = _VERSION.fullmatch(image.tag)
    return version is not None and (int(version[1]), int(version[2] or 0)) <= newest


def _is_slip(image: Image) -> bool:
    if not image.repository.startswith("docker.io/library/") or image.name in OFFICIAL:
        return False
    return bool(difflib.get_close_matches(image.name, OFFICIAL, n=1, cutoff=0.79))
