"""wget in the form of BusyBox and in that of GNU. Facts: both programs' --help and GNU wget's manual (exit status)."""

from __future__ import annotations

from runner.practice.containers.container_files import ContainerFiles
from runner.practice.containers.container_program import Invocation
from runner.practice.containers.network_programs import wget_busybox, wget_gnu
from runner.practice.containers.network_programs.command_options import OptionError, Options
from runner.practice.containers.network_programs.image_tools import is_busybox
from runner.practice.containers.network_programs.wget_request import Wanted, WgetError

OPTIONS = Options(
    "q/quiet O/output-document= T/timeout= S/server-response spider c/continue P/directory-prefix= U/user-agent= header= "
    "post-data= post-file= body-data= body-file= method= Y/proxy= no-check-certificate t/tries= user= password= http-user= "
    "http-password= connect-timeout= dns-timeout= read-timeout= v/verbose nv/no-verbose d/debug waitretry= w/wait= "
    "retry-connrefused max-redirect= content-on-error no-proxy ca-certificate= "
    "ca-directory= certificate= private-key= secure-protocol= 4/inet4-only 6/inet6-only save-headers "
    "show-progress progress= o/output-file= a/append-output= N/timestamping r/recursive l/level= p/page-requisites "
    "k/convert-links i/input-file= no-hsts https-only no-cache nc/no-clobber b/background h/help V/version E/adjust-extension "
    "content-disposition trust-server-names referer= load-cookies= save-cookies= auth-no-challenge compression= "
    "retry-on-http-error="
)
BUSYBOX_USAGE = """BusyBox v1.36.1 multi-call binary.

Usage: wget [-cqS] [--spider] [-O FILE] [-o LOGFILE] [--header STR]
	[--post-data STR | --post-file FILE] [-Y on/off]
	[--no-check-certificate] [-P DIR] [-U AGENT] [-T SEC] URL...
"""


async def wget(call: Invocation) -> int:

    busybox = is_busybox(call)
    usage = (
        BUSYBOX_USAGE
        if busybox
        else "Usage: wget [OPTION]... [URL]...\n\nTry `wget --help' for more options.\n"
    )
    try:
        given, urls = OPTIONS.parse([_long_form(word) for word in call.argv[1:]])
    except OptionError as error:
        what = "unrecognized option" if error.unknown else "option requires an argument"
        await call.error(f"wget: {what}: {error.option.lstrip('-')}\n{usage}")
        return 1 if busybox else 2
    wanted = Wanted(given, dict(given), ContainerFiles(call.container, call.cwd))
    if not urls or wanted.on("help"):
        await call.error(usage if busybox or wanted.on("help") else f"wget: missing URL\n{usage}")
        return 1
    fetch = wget_busybox.fetch if busybox else wget_gnu.fetch
    code = 0
    for url in urls:
        try:
            await fetch(call, wanted, url)
        except WgetError as error:
            await call.error(error.message)
            code = error.code
            if busybox:
                break
    return code


def _long_form(word: str) -> str:
    """-nv and -nc are options of two letters."""
    return {"-nv": "--no-verbose", "-nc": "--no-clobber"}.get(word, word)
