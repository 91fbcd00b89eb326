"""The names of commands: those that usual images have, and those that a shell has in itself."""

from __future__ import annotations

COMMANDS = tuple(
    """
    [ apk apt apt-get arch awk base32 base64 basename bc bunzip2 bzip2 cat chgrp chmod chown cksum clear
    cmp comm cp curl cut date dd df diff dirname du echo egrep env expand expr factor
    false fgrep find fmt fold free getent grep groups gunzip gzip head hexdump hostid hostname id
    install kill killall less link ln logname ls md5sum mkdir mkfifo mktemp more mount mv nc netstat
    nice nl nohup nproc nslookup od paste patch pgrep pidof ping pkill printenv printf ps pwd readlink
    realpath rev rm rmdir sed seq sha1sum sha256sum sha512sum shuf sleep sort split ss stat
    strings sum sync tac tail tar tee test timeout top touch tr tree true truncate tsort tty umount
    uname unexpand uniq unlink unzip uptime vi vim watch wc wget which whoami xargs xxd yes yum zcat
    """.split()  # noqa: SIM905
)
"""What an image has that lists no commands of its own: those that bashkit has built in, and ours."""

SHELL_BUILTINS = frozenset(
    """
    . : [ [[ alias bg break builtin caller cd command compgen complete compopt continue declare dirs
    disown echo enable eval exec exit export false fc fg getopts hash help history jobs kill let local
    logout mapfile popd printf pushd pwd read readarray readonly return select set shift shopt source
    suspend test times trap true type typeset ulimit umask unalias unset wait
    """.split()  # noqa: SIM905
)

BASHKIT_COMMANDS = frozenset(
    """
    arch assert awk b2sum base32 base64 basename basenc bash bc bunzip2 busybox bzcat bzip2 cat chgrp
    chmod chown cksum clear cmp column comm cp csv curl cut date dd df diff dirname dotenv du egrep env
    envsubst expand expr factor fgrep file find flock fmt fold free gawk getconf glob grep groups gunzip
    gzip head hexdump hostid hostname http iconv id install join jq json less link ln locale log logname
    ls make man mawk md5sum mkdir mkfifo mktemp more mv nano nawk nice nl nohup nproc numfmt od openssl
    parallel paste patch pgrep pkill pr printenv ps readlink realpath retry rev rg rm rmdir sed semver
    seq sh sha1sum sha224sum sha256sum sha384sum sha512sum shasum shuf sleep sort split stat strings
    sudo sum sync tac tail tar tee template timeout tomlq touch tr tree truncate tsort tty uname
    unexpand uniq unlink unzip uptime users uuidgen verify vi watch wc wget which who whoami xargs xxd
    yes yq zip
    """.split()  # noqa: SIM905
)
"""What bashkit has built in besides a shell's own: an image that lacks one of them does not find it."""

OTHER_NAMES = {"ash": "sh", "dash": "sh", "zcat": "gunzip -c"}
"""Commands that bashkit has by other names only: files in /bin call these."""

READERS = frozenset(
    """
    awk base32 base64 bc bzip2 cat cksum column comm cut dd diff egrep expand fgrep fmt fold grep gunzip
    gzip head hexdump join less mapfile md5sum more nl od paste patch read readarray rev sed select sh
    bash ash dash sha1sum sha256sum sha512sum shuf sort split strings sum tac tail tee tr tsort unexpand
    uniq wc xargs xxd
    """.split()  # noqa: SIM905
)
"""Those of bashkit's that read standard input."""
