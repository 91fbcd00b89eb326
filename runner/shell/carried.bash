# In the shell that took another's place: what that one had, but nothing read-only that the lab must change.
\builtin unset -v PROMPT_COMMAND
\builtin declare +x HISTFILE
while IFS= \builtin read -r __labgate_line; do
  if [[ $__labgate_line =~ ^declare\ -([A-Za-z]*)r([A-Za-z]*)\ ([A-Za-z_][A-Za-z0-9_]*)(=.*)?$ &&
    ' '@FREED@' ' == *" ${BASH_REMATCH[3]} "* ]]; then
    __labgate_line="declare -g${BASH_REMATCH[1]}${BASH_REMATCH[2]} ${BASH_REMATCH[3]}${BASH_REMATCH[4]-}"
  fi
  if [[ $__labgate_line =~ ^declare\ [^\ ]+\ (BASH|COMP_|EUID|PPID|SHELLOPTS|UID|__labgate)[A-Za-z_0-9]*(=.*)?$ ]]; then
    __labgate_line="declare -g __labgate_dropped${BASH_REMATCH[2]-}"  # its value may go on for lines
  fi
  \builtin printf '%s\n' "$__labgate_line"
done < @CARRIED@.variables >| @CARRIED@.mended
{ . @CARRIED@.mended; . @CARRIED@; \builtin bind -f @CARRIED@.keys; } > /dev/null 2>&1
. @PINS@ > /dev/null 2>&1
. @REST@
\builtin eval "${PROMPT_COMMAND-}"
