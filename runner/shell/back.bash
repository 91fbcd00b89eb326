# Our PROMPT_COMMAND in its place again, where the learner's own stood while their hooks ran; what those made of theirs is
# kept. It may be interrupted anywhere and run once more.
if [[ ${__labgate_swapped-} == yes ]]; then
  \builtin printf -v __labgate_new '%s\n' "${PROMPT_COMMAND[@]-}"
  if [[ $__labgate_new != *@PROMPT_PATH@* && ${__labgate_new%$'\n'} != "$__labgate_then" ]]; then
    __labgate_then=${__labgate_new%$'\n'}
    __labgate_settling=xx
  fi
  __labgate_swapped=known
fi
if [[ ${__labgate_swapped-} == known ]]; then
  \builtin unset -v PROMPT_COMMAND
  \builtin declare -gx PROMPT_COMMAND=@PROMPT_COMMAND@
  __labgate_swapped=''
fi
