# The lab's shell starts with this file: the learner's own start-up file, then what the lab needs, then what they had
# set, then the marks.
\builtin printf '\e]133;S;@NONCE@\a' > /dev/tty  # the machine's own start-up file is done
if @OWN_RC@ && [[ -r ~/.bashrc ]]; then
  . ~/.bashrc
fi
POSIXLY_CORRECT=1  # in POSIX mode no function comes before `unset`, so that this one is sure to be the builtin
\unset -f unset builtin
\unset -v POSIXLY_CORRECT
. @PINS@ > /dev/null 2>&1
for __labgate_name in PROMPT_COMMAND PS0 PS1 PS2; do
  \builtin declare -g "$__labgate_name=${!__labgate_name-}" 2> /dev/null || __labgate_lost+=" $__labgate_name"
done
for __labgate_name in HISTCONTROL HISTTIMEFORMAT; do  # or lines that were entered could not be noticed
  [[ -z ${!__labgate_name+set} ]] || \builtin declare -g "$__labgate_name=${!__labgate_name}" 2> /dev/null ||
    __labgate_lost+=" $__labgate_name"
done
if [[ -n $__labgate_lost ]]; then
  . @CARRY@  # does not come back, unless this shell may not start another
fi
. @REST@
