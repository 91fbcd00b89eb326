"""What every shell in a container runs first: functions for what bashkit does not have, signals and the end of a session."""

from __future__ import annotations

from runner.practice.containers.process_commands import NOT_A_PROCESS

_TRAPS = "until __pending </dev/null; do builtin kill -$? $$; done"
"""Not a function: one within another takes the script's input away."""
PRELUDE = f"""sleep() {{ __sleep "$@" </dev/null; local s=$?; {_TRAPS}; return $s; }}
wait() {{
  {_TRAPS}; __wait "$@" </dev/null; local s=$?
  [ $s -eq {NOT_A_PROCESS} ] && {{ builtin wait "$@"; s=$?; }}
  [ $# -eq 0 ] && builtin wait
  {_TRAPS}; return $s
}}
jobs() {{ __jobs "$@" </dev/null; builtin jobs "$@"; }}
fg() {{ __fg "$@" </dev/null; }}
bg() {{ __bg "$@" </dev/null; }}
disown() {{ __disown "$@" </dev/null; }}
trap() {{ __trap "$@" </dev/null; builtin trap "$@"; }}
kill() {{
  __kill "$@" </dev/null; local s=$?
  [ $s -eq {NOT_A_PROCESS} ] && {{ builtin kill "$@"; s=$?; }}
  {_TRAPS}; return $s
}}
shopt -s lastpipe
"""
SESSION_PRELUDE = """exit() { local s=$?; __end_input; builtin exit "${@:-$s}"; }
shopt -s expand_aliases
"""
