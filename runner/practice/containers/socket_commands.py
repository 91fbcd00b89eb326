"""ss and netstat: the ports on which something in the pod listens."""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation, Program


def _address(local: bool, port: int) -> str:
    return f"{'127.0.0.1' if local else '0.0.0.0'}:{port}"  # noqa: S104


async def ss(call: Invocation) -> int:
    await call.out("State  Recv-Q Send-Q Local Address:Port Peer Address:PortProcess\n")
    for port, listener in call.container.pod.listening().items():
        shown = (
            f' users:(("{listener.program}",pid=1,fd=6))'
            if "p" in "".join(call.argv[1:]) and listener.program
            else ""
        )
        await call.out(
            f"LISTEN 0      511    {_address(listener.local, port):>18}      0.0.0.0:*   {shown}\n"
        )
    return 0


async def netstat(call: Invocation) -> int:
    programs = "p" in "".join(call.argv[1:])
    await call.out("Active Internet connections (only servers)\n")
    await call.out(
        "Proto Recv-Q Send-Q Local Address           Foreign Address         State       "
        + "PID/Program name" * programs
        + "\n"
    )
    for port, listener in call.container.pod.listening().items():
        name = f"1/{listener.program}" if programs else ""
        protocol = "udp" if listener.udp else "tcp"
        await call.out(
            f"{protocol:<5}      0      0 {_address(listener.local, port):<23} 0.0.0.0:*               LISTEN      {name}\n"
        )
    return 0


PROGRAMS: dict[str, Program] = {"ss": ss, "netstat": netstat}
