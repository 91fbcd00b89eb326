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
case $__labgate_status in  # Ctrl-C and Ctrl-Z are no failures; nor is anything before the first prompt
  0 | 130 | 148) __labgate_failed='' ;;
  *) __labgate_failed=${__labgate_seen:+$__labgate_status} ;;
esac
if [[ $__labgate_line == *PS1=* && ${PS1-} != *'133;B;@NONCE@'* ]]; then
  __labgate_typed_ps1=own  # typed at the prompt: the learner asks for it
fi
\builtin printf '\e]133;L;%s %s;@NONCE@\a\e]133;D;%s;@NONCE@\a' \
  "$$" "$__labgate_line" "$__labgate_status" > /dev/tty || \builtin :
[[ ${PROMPT_COMMAND[*]-} == @PROMPT_COMMAND@ ]] && __labgate_ours=yes || __labgate_ours=''
# A Ctrl-C from here to the prompt ends the hooks as ever, and puts back first what would be gone with it: the marks.
# Not where the learner has a trap of their own: then it does not end the hooks.
__labgate_armed=''
if [[ -n ${__labgate_then-} || -z $__labgate_ours ]]; then
  \builtin trap -p INT >| @TRAPS@.INT || \builtin :
  IFS= \builtin read -r -d '' __labgate_trap < @TRAPS@.INT || \builtin :
  if [[ -z ${__labgate_trap-} || $__labgate_trap == *@BACK@* ]]; then
    \builtin trap -- @INTERRUPTED@ INT && __labgate_armed=yes
  fi
fi
# What installs itself at the first prompts, or looks after its place at each (bash-preexec), finds its own in
# PROMPT_COMMAND, and changes that. Not for ever: it would take the marks away.
if [[ -n ${__labgate_then-} && ( ${__labgate_settling-} == ?* || -n ${__labgate_always-} ) ]]; then
  __labgate_settling=${__labgate_settling-}
  __labgate_settling=${__labgate_settling#?}
  \builtin declare -g PROMPT_COMMAND="$__labgate_then" __labgate_swapped=yes || __labgate_swapped=''
fi
# Hand $? on to what comes after, unless that would end a shell under set -e.
[[ $- == *e* ]] || \builtin return "$__labgate_status"
