# Run before every prompt of the lab's shell, and of each bash started in it.
# It must survive set -e, set -u, noclobber, aliases, and functions that bear a builtin's name.
__labgate_status=$?
\builtin declare -p >| @DUMP@ && \builtin printf '# end\n' >> @DUMP@ || \builtin :
# The line that ran; in a subshell, because an assignment to a read-only variable would end this script.
__labgate_line=$(HISTTIMEFORMAT='' && \builtin history 1) || \builtin :
(( ${#__labgate_line} < 4000 )) || __labgate_line=
__labgate_line=${__labgate_line//'%'/%25}
__labgate_line=${__labgate_line//$'\n'/%0A}
__labgate_line=${__labgate_line//$'\e'/%1B}
__labgate_line=${__labgate_line//$'\a'/%07}
__labgate_folder=${PWD//'%'/%25}
__labgate_folder=${__labgate_folder//$'\n'/%0A}
__labgate_folder=${__labgate_folder//$'\e'/%1B}
__labgate_folder=${__labgate_folder//$'\a'/%07}
\builtin printf '\e]133;L;%s %s;@NONCE@\a\e]133;D;%s;@NONCE@\a\e]7;file://@NONCE@%s\a\e]133;A;@NONCE@\a' \
  "$$" "$__labgate_line" "$__labgate_status" "$__labgate_folder" > /dev/tty || \builtin :
[[ ${PS0-} == *'133;C;@NONCE@'* ]] || PS0='\e]133;C;@NONCE@\a'${PS0-}
[[ ${PS1-} == *'133;B;@NONCE@'* ]] || PS1=${PS1-}'\[\e]133;B;@NONCE@\a\]'
[[ ${PS2-} == *'133;P;@NONCE@'* ]] || PS2='\[\e]133;P;@NONCE@\a\]'${PS2-}
\builtin bind 'set enable-bracketed-paste on' || \builtin :  # off by default before bash 5.1
\builtin history -a || \builtin :
# Hand $? on to what comes after, unless that would end a shell under set -e.
[[ $- == *e* ]] || \builtin return "$__labgate_status"
