"""Requests from a container, sent by the curl or wget that it has."""

from __future__ import annotations

import asyncio
import re
import secrets
import shlex

from checks.base import CannotRead, ClusterView, ExecRequest, TrafficAnswer, TrafficRequest, TrafficSample
from runner.words import phrase
from runner.world.traffic_outside import answered
from runner.world.traffic_pace import together

BATCH = 25
"""Requests of one exec: it can be broken off between two of them, and its output stays small."""
MOST_PRINTED = 4 * 1024 * 1024
REACHING = 5.0
"""Seconds in which the container itself is reached."""
MOST_AT_ONCE = 10
"""Commands that run in one container at the same time."""
_NO_CLIENT = 127
_STATUS = re.compile(r"^(?:  |wget: server returned error: )HTTP/[\d.]+ (\d{3})")
_HEAD = re.compile(r"\AHTTP/[\d.]+ (\d{3})[^\n]*\n(.*?)\r?\n\r?\n", re.DOTALL)
_SCRIPT = """
i=0 e=$(($(date +%s)+{left}))
more() {{ i=$((i+1)); [ $i -le {count} ] && [ "$(date +%s)" -lt $e ]; }}
if command -v curl >/dev/null 2>&1; then
  while more; do
    curl -sS -i -k --max-time {seconds} -X {method} {headers} -w '\\n{mark} curl %{{http_code}} %{{time_total}}\\n' {url} 2>&1
    {pause}
  done
elif command -v wget >/dev/null 2>&1; then
  while more; do
    a=$(cut -d' ' -f1 /proc/uptime 2>/dev/null)
    {{ wget -S -O - -t 1 -T {whole} {wget_headers} {url} 2>&1 1>&3 | sed 's/^/{mark}!/'; }} 3>&1
    b=$(cut -d' ' -f1 /proc/uptime 2>/dev/null)
    printf '\\n%s wget %s %s\\n' {mark} "$a" "$b"
    {pause}
  done
else exit 127
fi
"""


async def from_pod(request: TrafficRequest, cluster: ClusterView) -> TrafficSample:
    """Send them from the container, in turns of a few. Raises CannotRead if it can't be reached, or wget can't send them."""
    began = _now()
    answers: list[TrafficAnswer] = []
    senders = min(request.at_once, request.count, MOST_AT_ONCE)
    shares = [len(range(number, request.count, senders)) for number in range(senders)]

    no_client = asyncio.Event()

    async def sender(left: int) -> None:
        while left > 0 and not no_client.is_set():
            seconds = began + request.seconds - _now()
            if seconds <= 0:
                return
            got = await _batch(request, cluster, min(left, BATCH), request.rate / senders, seconds, no_client)
            answers.extend(got)
            left -= len(got) or left

    await together((sender(share) for share in shares), request.seconds + request.timeout + REACHING)
    return TrafficSample(tuple(answers), _now() - began, "pod", no_client=no_client.is_set())


async def _batch(
    request: TrafficRequest,
    cluster: ClusterView,
    count: int,
    rate: float,
    left: float,
    no_client: asyncio.Event,
) -> list[TrafficAnswer]:
    mark = secrets.token_hex(8)
    pause = 1 / rate if rate else 0.0
    command = ("sh", "-c", _script(request, count, mark, pause, left))
    seconds = min(count * (request.timeout + pause), left + request.timeout) + REACHING
    result = await cluster.execute(
        ExecRequest(request.pod, request.pod_namespace, request.container, command, seconds, MOST_PRINTED)
    )
    if result.exit_code == _NO_CLIENT and mark not in result.stdout:
        no_client.set()
        return []
    if result.exit_code != 0 and mark not in result.stdout:
        message = (result.stderr or result.stdout).strip()[-300:]
        raise CannotRead(
            "server",
            phrase(
                "The requests could not be sent from pod {pod}: {message}", pod=request.pod, message=message
            ),
        )
    return _answers(request, result.stdout, mark)


def _script(request: TrafficRequest, count: int, mark: str, pause: float, left: float) -> str:
    url = request.url or f"http://{request.service}.{request.namespace}:{request.port}{request.path}"
    headers = [f"{name}: {value}" for name, value in request.headers]
    return _SCRIPT.format(
        count=count,
        mark=mark,
        left=max(1, round(left)),
        seconds=f"{request.timeout:g}",
        whole=max(1, round(request.timeout)),
        method=request.method,
        headers=" ".join(f"-H {shlex.quote(each)}" for each in headers),
        wget_headers=" ".join(f"--header {shlex.quote(each)}" for each in headers),
        url=shlex.quote(url),
        pause=f"sleep {pause:g}" if pause else "",
    )


def _answers(request: TrafficRequest, printed: str, mark: str) -> list[TrafficAnswer]:
    """What each request printed stands before its line with the mark."""
    found: list[TrafficAnswer] = []
    for part, client, one, two in _parts(printed, mark):
        if client == "curl":
            found.append(_of_curl(request, part, one, two))
        else:
            found.append(_of_wget(request, part, mark, one, two))
    return found


def _parts(printed: str, mark: str) -> list[tuple[str, str, str, str]]:
    line = re.compile(rf"\n?{mark} (curl|wget) ?([\w.,]*) ?([\w.,]*)\r?\n")
    parts, start = [], 0
    for match in line.finditer(printed):
        parts.append((printed[start : match.start()], match[1], match[2], match[3]))
        start = match.end()
    return parts


def _of_curl(request: TrafficRequest, printed: str, code: str, took: str) -> TrafficAnswer:
    seconds = _number(took)
    status = int(code) if code.isdigit() else 0
    if not status:
        return TrafficAnswer(0, seconds, problem=_last_line(printed))
    rest, headers = printed.lstrip("\n"), ""
    while (head := _HEAD.match(rest)) is not None:  # 100 Continue comes before the answer
        headers, rest = head[2], rest[head.end() :]
    return answered(request, status, seconds, headers.replace("\r", ""), rest.encode())


def _of_wget(request: TrafficRequest, printed: str, mark: str, before: str, after: str) -> TrafficAnswer:
    """Its own messages have the mark before them, and are anywhere in the body."""
    began, ended = _number(before), _number(after)
    seconds = ended - began if began is not None and ended is not None else None
    own = re.compile(rf"{mark}!([^\n]*)\n?")
    messages = [each.rstrip("\r") for each in own.findall(printed)]
    codes = [found[1] for each in messages if (found := _STATUS.match(each))]
    if not codes:
        return TrafficAnswer(0, seconds, problem=_last_line("\n".join(messages)))
    headers = "".join(f"{each[2:]}\n" for each in messages if each.startswith("  "))
    return answered(request, int(codes[-1]), seconds, headers, own.sub("", printed).encode())


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))  # curl before 7.50 writes the locale's comma
    except ValueError:
        return None


def _last_line(printed: str) -> str:
    lines = [line.strip() for line in printed.splitlines() if line.strip()]
    return lines[-1][:200] if lines else ""


def _now() -> float:
    return asyncio.get_running_loop().time()
