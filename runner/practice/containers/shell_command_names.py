"""The commands that a usual image has: those that bashkit has built in, and ours."""

_NAMES = """
    awk base64 basename cat chgrp chmod chown clear cp curl cut date dd df diff dirname dmesg du echo egrep env expr
    false fgrep find free grep groups gzip gunzip head hostname id kill less ln ls md5sum mkdir mktemp more mount mv nc
    nproc nslookup od paste pidof ping printenv printf ps pwd readlink realpath rev rm rmdir sed seq sha256sum sleep sort
    split stat strings sync tail tar tee test timeout top touch tr true truncate tty uname uniq unlink uptime vi watch wc
    wget which whoami xargs yes zcat
"""
COMMANDS = tuple(_NAMES.split())
