# Run first before every prompt of the lab's shell, and of each bash started in it: how the line ended.
# It must survive set -e, set -u, noclobber, aliases, and functions that bear a builtin's name.
__labgate_status=$?
__labgate_chosen=${KUBECONFIG+set}${KUBECONFIG-}  # as the line left it: hooks come only now
# The line that ran; in a subshell, because an assignment to a read-only variable would end this script.
__labgate_line=$(HISTTIMEFORMAT='' && \builtin history 1) || \builtin :
(( ${#__labgate_line} < 4000 )) || __labgate_line=
__labgate_line=${__labgate_line//'%'/%25}
__labgate_line=${__labgate_line//$'\n'/%0A}
__labgate_line=${__labgate_line//$'\e'/%1B}
__labgate_line=${__labgate_line//$'\a'/%07}
\builtin printf '\e]133;L;%s %s;@NONCE@\a\e]133;D;%s;@NONCE@\a' \
  "$$" "$__labgate_line" "$__labgate_status" > /dev/tty || \builtin :
# Hand $? on to what comes after, unless that would end a shell under set -e.
[[ $- == *e* ]] || \builtin return "$__labgate_status"
