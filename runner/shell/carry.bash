# What is read-only can't be changed in the shell in which it was made so; in a new one in its place it can. All else that
# the start-up files made goes along, read-only as it was.
{
  \builtin declare -p >| @CARRIED@.variables
  { \builtin declare -f; \builtin alias -p; \builtin complete -p; \builtin shopt -p; \builtin shopt -po; } >| @CARRIED@
  \builtin bind -p >| @CARRIED@.keys
} 2> /dev/null
\builtin exec /usr/bin/env -u BASH_ENV -u ENV -u SHELLOPTS -u BASHOPTS HISTFILE=@HISTORY@ \
  PROMPT_COMMAND=@AGAIN@ @BASH@ --noprofile --norc -i
