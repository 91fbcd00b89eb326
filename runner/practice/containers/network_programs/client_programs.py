"""All clients by the names that they are called by."""

from __future__ import annotations

from runner.practice.containers.container_program import Program
from runner.practice.containers.network_programs.ab_command import ab
from runner.practice.containers.network_programs.curl_command import curl
from runner.practice.containers.network_programs.dig_command import dig
from runner.practice.containers.network_programs.fortio_command import fortio
from runner.practice.containers.network_programs.hey_command import hey
from runner.practice.containers.network_programs.host_command import getent, host
from runner.practice.containers.network_programs.httpie_command import http
from runner.practice.containers.network_programs.netcat_command import netcat
from runner.practice.containers.network_programs.nslookup_command import nslookup
from runner.practice.containers.network_programs.ping_command import ping, traceroute
from runner.practice.containers.network_programs.siege_command import siege
from runner.practice.containers.network_programs.telnet_command import telnet
from runner.practice.containers.network_programs.wget_command import wget
from runner.practice.containers.network_programs.wrk_command import wrk

CLIENTS: dict[str, Program] = {
    "ab": ab,
    "dig": dig,
    "getent": getent,
    "hey": hey,
    "host": host,
    "nslookup": nslookup,
    "ping": ping,
    "ping4": ping,
    "traceroute": traceroute,
    "tracepath": traceroute,
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
    "wrk": wrk,
}
