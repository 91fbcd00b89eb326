"""ping and traceroute. Addresses of pods and nodes answer; those of Services do not, as with kube-proxy's iptables."""

from __future__ import annotations

import asyncio
import time

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.image_tools import is_busybox
from runner.practice.containers.network_programs.web_client import UnknownHost, addresses
from runner.practice.containers.pod_sandbox import PodSandbox

OPTIONS = Options("c= i= w= W= s= t= I= q 4 6 n v a A f p= M= D O U b L R r")
LONGEST = 10 * 365 * 86400


async def ping(call: Invocation) -> int:
    busybox = is_busybox(call)
    try:
        given, operands = OPTIONS.parse(call.argv[1:])
        values = dict(given)
        count = int(values.get("c", LONGEST))
        pause = float(values.get("i", 1))
        deadline = float(values.get("w", LONGEST))
        patience = float(values.get("W", 10))
        size = int(values.get("s", 56))
    except (OptionError, ValueError) as error:
        await call.error(f"ping: invalid argument: '{error}'\n")
        return 2
    if not operands:
        await call.error("BusyBox v1.36.1 multi-call binary.\n\nUsage: ping [OPTIONS] HOST\n" if busybox
                         else "ping: usage error: Destination address required\n")  # fmt: skip
        return 1
    name = operands[0]
    try:
        address = (await addresses(call.container, name))[0]
    except UnknownHost as error:
        await call.error(f"ping: bad address '{name}'\n" if busybox else f"ping: {name}: {error.words}\n")
        return 1 if busybox else 2
    await call.out(f"PING {name} ({address}): {size} data bytes\n" if busybox
                   else f"PING {name} ({address}) {size}({size + 28}) bytes of data.\n")  # fmt: skip
    return await _Series(call, name, address, size, quiet="q" in values).run(count, pause, deadline, patience)


class _Series:
    """The packets of one call."""

    def __init__(self, call: Invocation, name: str, address: str, size: int, *, quiet: bool) -> None:
        self._call, self._name, self._address, self._size, self._quiet = call, name, address, size, quiet
        self._busybox = is_busybox(call)
        self._sent = 0
        self._times: list[float] = []
        """Milliseconds."""

    async def run(self, count: int, pause: float, deadline: float, patience: float) -> int:
        began = time.monotonic()
        pod = self._call.container.pod
        try:
            async with asyncio.timeout(deadline):
                while self._sent < count:
                    if self._sent:
                        await asyncio.sleep(pause)
                    self._sent += 1
                    answers, taken = _asked(pod, self._address)
                    if answers:
                        await self._answered(taken)
                    elif self._sent == count:
                        await asyncio.sleep(patience)
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            current = asyncio.current_task()
            if current is not None:
                current.uncancel()
        await self._call.out(self._statistics(time.monotonic() - began))
        return 0 if self._times else 1

    async def _answered(self, taken: float) -> None:
        own = self._address.startswith("127.") or self._address == self._call.container.pod.config.ip
        self._times.append(taken)
        if self._quiet:
            return
        ttl = 64 if own else 63
        if self._busybox:
            line = f"{self._size + 8} bytes from {self._address}: seq={self._sent - 1} ttl={ttl} time={taken:.3f} ms\n"
        else:
            of = self._address if self._name == self._address else f"{self._address} ({self._address})"
            line = f"{self._size + 8} bytes from {of}: icmp_seq={self._sent} ttl={ttl} time={taken:.3f} ms\n"
        await self._call.out(line)

    def _statistics(self, seconds: float) -> str:
        times, sent = self._times, self._sent
        loss = (sent - len(times)) * 100 // sent if sent else 0
        head = f"\n--- {self._name} ping statistics ---\n"
        if self._busybox:
            text = f"{head}{sent} packets transmitted, {len(times)} packets received, {loss}% packet loss\n"
            if times:
                mean = sum(times) / len(times)
                text += f"round-trip min/avg/max = {min(times):.3f}/{mean:.3f}/{max(times):.3f} ms\n"
            return text
        text = f"{head}{sent} packets transmitted, {len(times)} received, {loss}% packet loss, time {seconds * 1000:.0f}ms\n"
        if times:
            mean = sum(times) / len(times)
            deviation = sum(abs(each - mean) for each in times) / len(times)
            text += (
                f"rtt min/avg/max/mdev = {min(times):.3f}/{mean:.3f}/{max(times):.3f}/{deviation:.3f} ms\n"
            )
        return text + ("" if times else "\n")


def _asked(pod: PodSandbox, address: str) -> tuple[bool, float]:
    """Whether an echo comes back from there, and the milliseconds until that was known."""
    began = time.perf_counter()
    answers = pod.network.answers_ping(pod, address)
    return answers, (time.perf_counter() - began) * 1000


async def traceroute(call: Invocation) -> int:
    """The node, and then the pod; stars where nothing answers."""
    operands = [word for word in call.argv[1:] if not word.startswith("-")]
    if not operands:
        await call.error("Usage: traceroute HOST\n")
        return 1
    name, pod = operands[0], call.container.pod
    try:
        address = (await addresses(call.container, name))[0]
    except UnknownHost as error:
        await call.error(
            f"traceroute: bad address '{name}'\n" if is_busybox(call) else f"{name}: {error.words}\n"
        )
        return 1 if is_busybox(call) else 2
    size = "46 byte packets" if is_busybox(call) else "60 byte packets"
    await call.out(f"traceroute to {name} ({address}), 30 hops max, {size}\n")
    gateway = pod.config.ip.rpartition(".")[0] + ".1"
    answers, _ = _asked(pod, address)
    hops = ([gateway] if address != pod.config.ip else []) + ([address] if answers else [])
    for number, hop in enumerate(hops, 1):
        times = "  ".join(f"{_asked(pod, hop)[1]:.3f} ms" for _ in range(3))
        shown = f"{name} ({hop})" if hop == address else f"{hop} ({hop})"
        await call.out(f"{number:2}  {shown}  {times}\n")
    if not answers:
        for number in range(len(hops) + 1, 31):
            await asyncio.sleep(5)
            await call.out(f"{number:2}  *  *  *\n")
    return 0
