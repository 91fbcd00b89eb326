# The end of every start: what the learner had set in the lab's earlier shells, and the marks.
\builtin hash -r
__labgate_first=$__labgate_kept  # told at the first prompt
@FIRST@
\builtin declare -p >| @BASELINE@ && \builtin printf '# end\n' >> @BASELINE@ || \builtin :
. @RESTORE@ 2> /dev/null
. @PINS@ > /dev/null 2>&1
{
  \builtin declare -g HISTFILE=@HISTORY@
  \builtin declare -g HISTCONTROL=ignorespace  # and no more: a line entered twice is two entries, so that the second is noticed too
} 2> /dev/null
\builtin shopt -s checkwinsize
: "${PROMPT_DIRTRIM:=2}"  # the lab's folder lies deep; the prompt shows its end
. @MARKS@
