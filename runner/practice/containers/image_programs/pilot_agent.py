"""pilot-agent, the program of istio-proxy: the proxy's life, and what the agent answers about it."""

from __future__ import annotations

from runner.practice.containers.container_program import Invocation
from runner.practice.containers.image_catalogue import split
from runner.practice.containers.image_programs.agent_requests import request_of_agent, wait_for_proxy
from runner.practice.containers.image_programs.agent_status import AgentStatus
from runner.practice.containers.image_programs.iptables_program import iptables

USAGE = """Istio Pilot agent runs in the sidecar or gateway container and bootstraps Envoy.

Usage:
  pilot-agent [command]

Available Commands:
  istio-iptables Set up iptables rules for Istio Sidecar
  proxy          XDS proxy agent
  request        Makes an HTTP request to the Envoy admin API
  version        Prints out build version information
  wait           Waits until the Envoy proxy is ready
"""


async def pilot_agent(call: Invocation) -> int:
    """/usr/local/bin/pilot-agent proxy sidecar|router, wait, request GET PATH, istio-iptables, version."""
    words = [word for word in call.argv[1:] if not word.startswith("-")]
    match words[:1]:
        case ["proxy"]:
            return await AgentStatus(call).run()
        case ["wait"]:
            return await wait_for_proxy(call)
        case ["request"]:
            return await request_of_agent(call, words[1:])
        case ["istio-iptables"]:
            return await iptables(call)
        case ["version"]:
            await call.out(f"{split(call.container.config.image)[1]}-practice-Clean\n")
            return 0
    await call.out(USAGE)
    return 0 if not words or words == ["help"] else 1
