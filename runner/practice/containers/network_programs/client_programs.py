"""All clients by the names that they are called by."""

from __future__ import annotations

from runner.practice.containers.network_programs.curl_command import curl
from runner.practice.containers.network_programs.fortio_command import fortio
from runner.practice.containers.network_programs.httpie_command import http
from runner.practice.containers.network_programs.netcat_command import netcat
from runner.practice.containers.network_programs.siege_command import siege
from runner.practice.containers.network_programs.telnet_command import telnet
from runner.practice.containers.network_programs.wget_command import wget
from runner.practice.containers.program import Program

CLIENTS: dict[str, Program] = {
    "curl": curl,
    "fortio": fortio,
    "http": http,
    "https": http,
    "nc": netcat,
    "ncat": netcat,
    "netcat": netcat,
    "siege": siege,
    "telnet": telnet,
    "wget": wget,
}
