# What is typed into a shell that gives no marks: a function `builtin` does not stand for the builtin any more, and the
# marks are put back. Keeps $?.
__labgate_code=$?
__labgate_new=''
\builtin printf -v __labgate_new yes
if [[ $__labgate_new != yes ]]; then
  # In POSIX mode no function comes before `unset`, so that this one is sure to be the builtin.
  if [[ :$SHELLOPTS: == *:posix:* ]]; then
    \unset -f unset builtin
  else
    POSIXLY_CORRECT=1
    \unset -f unset builtin
    \unset -v POSIXLY_CORRECT
  fi
fi
. @MARKS@
[[ $- == *e* ]] || \builtin return "$__labgate_code"
