# Puts the marks into a shell that has none, or none any more. It is run in traps, too, where a `return` would end bash.
if [[ ${PROMPT_COMMAND[*]-} != @PROMPT_COMMAND@ ]]; then
  if [[ -n ${PROMPT_COMMAND[*]-} ]]; then
    # The learner's own, once an array or a string: kept aside, so that a nested bash does not inherit
    # the names of functions that it lacks. It runs between the two parts of ours, which it may hold.
    \builtin printf -v __labgate_new '%s\n' "${PROMPT_COMMAND[@]}"
    __labgate_new=${__labgate_new//@PROMPT_COMMAND@/:}
    if [[ $__labgate_new != *@PROMPT_PATH@* && ${__labgate_then-} != *"${__labgate_new%$'\n'}"* ]]; then
      [[ ${__labgate_new//[:;[:space:]]/} == '' ]] || {
        __labgate_then=${__labgate_then:+$__labgate_then$'\n'}${__labgate_new%$'\n'}
        __labgate_settling=xx
      }
    fi
  fi
  \builtin unset PROMPT_COMMAND
  \builtin declare -g PROMPT_COMMAND=@PROMPT_COMMAND@
fi
\builtin export PROMPT_COMMAND
