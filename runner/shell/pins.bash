# What the lab needs in its shell, put back where something took it: after the start-up files, and at every prompt.
# Leaves in __labgate_kept what had to be put back, and in __labgate_lost what could not be.
__labgate_kept='' __labgate_lost=''
@VALUES@
for __labgate_name in @WITHOUT@; do  # these lead kubectl's relatives elsewhere, or bring a start-up file into every script
  [[ -z ${!__labgate_name+set} ]] && continue
  \builtin unset -v "$__labgate_name" || \builtin :
  [[ -z ${!__labgate_name+set} ]] || __labgate_lost+=" $__labgate_name"
done
for __labgate_name in @PROGRAMS@; do
  \builtin unalias "$__labgate_name" && __labgate_kept+=" alias:$__labgate_name"
  if \builtin declare -F "$__labgate_name" > /dev/null; then
    \builtin unset -f "$__labgate_name" || \builtin :
    if \builtin declare -F "$__labgate_name" > /dev/null; then
      __labgate_lost+=" function:$__labgate_name"
    else
      __labgate_kept+=" function:$__labgate_name"
    fi
  fi
done
for __labgate_name in @TYPED@; do  # what the lab types: it must not ask, and not go elsewhere
  __labgate_rest=${BASH_ALIASES[$__labgate_name]-}
  \builtin declare -F "$__labgate_name" > /dev/null && __labgate_rest+=$(\builtin declare -f "$__labgate_name")
  case $__labgate_rest in
    *' -i'* | *--interactive* | *--kubeconfig* | *--context* | *--server* | *KUBECONFIG=*)
      \builtin unalias "$__labgate_name" && __labgate_kept+=" alias:$__labgate_name"
      \builtin unset -f "$__labgate_name" && __labgate_kept+=" function:$__labgate_name"
      \builtin declare -F "$__labgate_name" > /dev/null && __labgate_lost+=" function:$__labgate_name"
      ;;
  esac
done
# The stand-ins' folder comes before any other folder that has a program of such a name.
__labgate_front=@FRONT@
if [[ -n $__labgate_front ]]; then
  __labgate_rest=":${PATH-}:" __labgate_behind=''
  __labgate_before=${__labgate_rest%%":$__labgate_front:"*}
  [[ $__labgate_before != "$__labgate_rest" ]] || __labgate_behind=yes  # not on the PATH at all
  while [[ -n $__labgate_before && -z $__labgate_behind ]]; do
    __labgate_before=${__labgate_before#:}
    for __labgate_name in @STANDINS@; do
      __labgate_name=${__labgate_before%%:*}/$__labgate_name
      [[ -x $__labgate_name && ! -d $__labgate_name ]] && __labgate_behind=yes
    done
    [[ $__labgate_before == *:* ]] && __labgate_before=:${__labgate_before#*:} || __labgate_before=''
  done
  if [[ -n $__labgate_behind ]]; then
    __labgate_rest=${__labgate_rest//":$__labgate_front:"/:}
    __labgate_rest=${__labgate_rest#:}
    \builtin export PATH="$__labgate_front:${__labgate_rest%:}" || \builtin :
    [[ ${PATH-} == "$__labgate_front:"* ]] && __labgate_kept+=' PATH' || __labgate_lost+=' PATH'
  fi
fi
