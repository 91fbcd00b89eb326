# The prompt of the lab's shell, `✗127 ~/istio-1.11.3 ❯ `: how the line ended, where it failed, and the folder, in which
# `~` is the lab's. A learner who asks for their own prompt keeps it: LABGATE_PROMPT=own, or the choice on the screen.
# Run before every prompt, behind everything that may set PS1 itself; it starts no process.
__labgate_end='\[\e]133;B;@NONCE@\a\]'  # the mark, which is in every prompt
__labgate_begin='\[\e[0;0m\]'  # as nobody else writes it: what stands before is an environment's `(venv) `
[[ ${PS1-} == *"$__labgate_begin"* ]] || __labgate_own_ps1=${PS1-}
__labgate_own_ps1=${__labgate_own_ps1-}
__labgate_own_ps1=${__labgate_own_ps1//"$__labgate_end"/}

__labgate_choice=''  # what was chosen on the screen comes before what the shell's variables say
IFS= \builtin read -r __labgate_choice < @PROMPT_CHOICE@ || \builtin :
__labgate_choice=${__labgate_choice:-${LABGATE_PROMPT:-${__labgate_typed_ps1:-lab}}}

if [[ $__labgate_choice == own && -n $__labgate_own_ps1 ]]; then
  [[ ${PS1-} == "$__labgate_own_ps1$__labgate_end" ]] ||
    \builtin declare -g PS1="$__labgate_own_ps1$__labgate_end" || \builtin :
else
  __labgate_text=$PWD
  for __labgate_name in @WORKSPACE@ @WORKSPACE_REAL@; do
    case $PWD in
      "$__labgate_name" | "$__labgate_name"/*) __labgate_text="~${PWD#"$__labgate_name"}" ;;
    esac
  done
  # Characters have a width only in a locale that knows them, and readline counts them.
  __labgate_sign=$'\xe2\x9d\xaf' __labgate_cross=$'\xe2\x9c\x97' __labgate_dots=$'\xe2\x80\xa6'
  if (( ${#__labgate_sign} == 1 )); then
    __labgate_text=${__labgate_text//[[:cntrl:]]/?}
  else
    __labgate_text=${__labgate_text//[^ -~]/?}
    __labgate_sign='>' __labgate_cross='x' __labgate_dots='...'
  fi
  __labgate_new=${__labgate_text%/*/*}  # what stands before the last two folders
  if (( ${#__labgate_text} > 40 )) && [[ $__labgate_new == */* && $__labgate_new != "$__labgate_text" ]]; then
    __labgate_text=$__labgate_dots${__labgate_text#"$__labgate_new"}
    [[ $__labgate_new != '~'* ]] || __labgate_text="~/$__labgate_text"
  fi
  if \builtin shopt -q promptvars; then  # the text is expanded once more then, as between double quotes
    __labgate_text=${__labgate_text//\\/\\\\}
    __labgate_text=${__labgate_text//'$'/\\'$'}
    __labgate_text=${__labgate_text//'`'/\\'`'}
    __labgate_text=${__labgate_text//'"'/\\'"'}
  fi
  __labgate_text=${__labgate_text//\\/\\\\}
  [[ :$SHELLOPTS: != *:posix:* ]] || __labgate_text=${__labgate_text//'!'/'!!'}
  __labgate_new=${PS1-}
  if [[ $__labgate_new == *"$__labgate_begin"*"$__labgate_end"* ]]; then
    __labgate_before=${__labgate_new%%"$__labgate_begin"*} __labgate_after=${__labgate_new##*"$__labgate_end"}
  else
    __labgate_before='' __labgate_after=''
  fi
  __labgate_new=$__labgate_begin
  [[ -z ${__labgate_failed-} ]] || __labgate_new+="\[\e[31m\]$__labgate_cross$__labgate_failed\[\e[0m\] "
  __labgate_new+="\[\e[1;34m\]$__labgate_text\[\e[0m\] \[\e[32m\]$__labgate_sign\[\e[0m\] $__labgate_end"
  \builtin declare -g PS1="$__labgate_before$__labgate_new$__labgate_after" || \builtin :
fi
