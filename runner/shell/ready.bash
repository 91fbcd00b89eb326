# Run last before every prompt, after the learner's own PROMPT_COMMAND: what a hook took is put back before anything is
# typed, and told. The state that is saved here is what checks see.
. @BACK@ || \builtin :
. @PINS@ || \builtin :
__labgate_kept=${__labgate_first-}$__labgate_kept
__labgate_first=''
# A KUBECONFIG that was chosen at the prompt is for what is typed there by hand: not for the first line of a shell, and
# not for a line that is typed for the learner, which says so by a file.
__labgate_free=''
if [[ -n @GUARD@ && -n ${__labgate_seen-} && ! -e @STRICT@ && ${__labgate_chosen-} != set@KUBECONFIG@ ]]; then
  __labgate_free=yes
  __labgate_kept="${__labgate_kept//' KUBECONFIG'/} chosen"
  if [[ -n ${__labgate_chosen-} ]]; then
    \builtin export KUBECONFIG="${__labgate_chosen#set}" || \builtin :
  else
    \builtin unset -v KUBECONFIG || \builtin :
  fi
fi
__labgate_seen=yes
if [[ -z ${__labgate_ours-} ]]; then  # what was added behind this script runs after it, this once
  __labgate_kept+=' again'
elif [[ ${PROMPT_COMMAND[*]-} != @PROMPT_COMMAND@ ]]; then
  __labgate_always=yes
fi
# Traps can take it back between two commands: a learner's own DEBUG trap, and a start-up file sourced in the middle, which
# may take the marks, too.
# They are set by the caller, because they are not seen in a sourced file.
__labgate_traps='' __labgate_guard=@GUARD_QUOTED@ __labgate_alone=''
for __labgate_name in DEBUG RETURN; do
  __labgate_trap=''
  IFS= \builtin read -r -d '' __labgate_trap < @TRAPS@."$__labgate_name" || \builtin :
  if [[ $__labgate_name == RETURN ]]; then
    __labgate_guard=@RETURN_QUOTED@ __labgate_alone=@RETURN_ALONE@
  fi
  if [[ -z $__labgate_trap ]]; then
    __labgate_traps+=$__labgate_alone$'\n'
  elif [[ -n $__labgate_guard && $__labgate_trap != *"$__labgate_guard"* ]]; then
    __labgate_traps+=${__labgate_trap%"' $__labgate_name"*}$'\n'$__labgate_guard"' $__labgate_name"$'\n'
  fi
done
\builtin declare -p >| @DUMP@ && \builtin printf '# end\n' >> @DUMP@ || \builtin :
__labgate_folder=${PWD//'%'/%25}
__labgate_folder=${__labgate_folder//$'\n'/%0A}
__labgate_folder=${__labgate_folder//$'\e'/%1B}
__labgate_folder=${__labgate_folder//$'\a'/%07}
\builtin printf '\e]133;G;%s,%s;@NONCE@\a\e]7;file://@NONCE@%s\a\e]133;A;@NONCE@\a' \
  "$__labgate_kept" "$__labgate_lost" "$__labgate_folder" > /dev/tty || \builtin :
# By builtins: a plain assignment to a read-only variable would end this script.
[[ ${PS0-} == *'133;C;@NONCE@'* ]] || \builtin declare -g PS0='\e]133;C;@NONCE@\a'"${PS0-}" || \builtin :
. @PROMPT_TEXT@ || \builtin :
[[ ${PS2-} == *'133;P;@NONCE@'* ]] || \builtin declare -g PS2='\[\e]133;P;@NONCE@\a\]'"${PS2-}" || \builtin :
\builtin bind 'set enable-bracketed-paste on' || \builtin :  # off by default before bash 5.1
\builtin history -a || \builtin :
. @MARKS@ || \builtin :  # what was put into PROMPT_COMMAND since takes its place before this
if [[ -n ${__labgate_armed-} ]]; then  # against a Ctrl-C: see prompt.bash
  \builtin trap -p INT >| @TRAPS@.INT || \builtin :
  IFS= \builtin read -r -d '' __labgate_trap < @TRAPS@.INT || \builtin :
  [[ $__labgate_trap != *@BACK@* ]] || \builtin trap - INT
  __labgate_armed=''
fi
