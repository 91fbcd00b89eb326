"""All clients by the names that they are called by."""

from __future__ import annotations

from runner.practice.containers.network_programs.curl_command import curl
from runner.practice.containers.network_programs.netcat_command import netcat
from runner.practice.containers.network_programs.telnet_command import telnet
from runner.practice.containers.network_programs.wget_command import wget
from runner.practice.containers.program import Program

CLIENTS: dict[str, Program] = {
    "curl": curl,
    "nc": netcat,
    "ncat": netcat,
    "netcat": netcat,
    "telnet": telnet,
    "wget": wget,
}
