# The lab's shell starts with this file: the learner's own start-up file, then what they had set, then the marks.
if @OWN_RC@ && [[ -r ~/.bashrc ]]; then
  . ~/.bashrc
fi
\builtin declare -p >| @BASELINE@ && \builtin printf '# end\n' >> @BASELINE@ || \builtin :
. @RESTORE@ 2> /dev/null
HISTFILE=@HISTORY@
HISTCONTROL=ignorespace  # and no more: a line entered twice is two entries, so that the second is noticed too
\builtin shopt -s checkwinsize
: "${PROMPT_DIRTRIM:=2}"  # the lab's folder lies deep; the prompt shows its end
. @MARKS@
