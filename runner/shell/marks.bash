# Puts the marks into a shell that has none, or none any more; keeps $?.
__labgate_status=$?
if [[ ${PROMPT_COMMAND[*]-} != *@PROMPT_PATH@* ]]; then
  if [[ -n ${PROMPT_COMMAND[*]-} ]]; then
    # The learner's own, once an array or a string: kept aside, so that a nested bash does not inherit
    # the names of functions that it lacks.
    \builtin printf -v __labgate_then '%s\n' "${PROMPT_COMMAND[@]}"
  fi
  \builtin unset PROMPT_COMMAND
  PROMPT_COMMAND=@PROMPT_SOURCE@
  if [[ -n ${__labgate_then-} ]]; then
    PROMPT_COMMAND+=$'\n\\builtin eval "${__labgate_then-}"'
  fi
fi
\builtin export PROMPT_COMMAND
[[ $- == *e* ]] || \builtin return "$__labgate_status"
