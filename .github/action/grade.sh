#!/usr/bin/env bash
# The grading step of action.yml. Its inputs are LABGATE_ACTION_… in the environment.
set -euo pipefail
labgate=$GITHUB_ACTION_PATH/.venv/bin/labgate
python=$GITHUB_ACTION_PATH/.venv/bin/python

wrong() {
  echo "::error title=Labgate::$1"
  exit 2
}
for name in RUN PRACTICE TRUST FAIL; do
  value=LABGATE_ACTION_$name
  [[ ${!value} == true || ${!value} == false ]] || wrong "The input ${name,,} is true or false."
done
[[ $LABGATE_ACTION_LANGUAGE == en || $LABGATE_ACTION_LANGUAGE == ko ]] || wrong "The input language is en or ko."
[[ -n $LABGATE_ACTION_LAB && $LABGATE_ACTION_LAB != -* ]] || wrong "The input lab is a lab's name or folder."

folder=$LABGATE_ACTION_REPORTS
mkdir -p -- "$folder"
# Of this run alone is what is told: not what an earlier step of the job left there, nor what a lab put there.
rm -f -- "$folder"/labgate.{json,xml,md,html,csv}
private=$(mktemp -d)
trap 'rm -rf -- "$private"' EXIT
arguments=(grade "$LABGATE_ACTION_LAB" --language "$LABGATE_ACTION_LANGUAGE")
reports="json=$folder/labgate.json,junit=$folder/labgate.xml,markdown=$folder/labgate.md,html=$folder/labgate.html"
if [[ -n $LABGATE_ACTION_ROSTER ]]; then
  arguments+=(--roster "$LABGATE_ACTION_ROSTER")
  reports+=",csv=$folder/labgate.csv"
else
  reports+=",annotations=$private/annotations"
  if [[ $LABGATE_ACTION_RUN == true ]]; then arguments+=(--run); fi
  if [[ $LABGATE_ACTION_PRACTICE == true ]]; then arguments+=(--practice); fi
  if [[ -n $LABGATE_ACTION_CONTEXT ]]; then arguments+=(--context "$LABGATE_ACTION_CONTEXT"); fi
  if [[ -n $LABGATE_ACTION_KUBECONFIG ]]; then arguments+=(--kubeconfig "$LABGATE_ACTION_KUBECONFIG"); fi
fi
if [[ $LABGATE_ACTION_TRUST == true ]]; then arguments+=(--yes); fi

# What a lab, a cluster or a command says is no command to the runner, on either output, whatever line it stands on: the runner
# takes none until it reads a word that nobody who runs in the lab can know.
stop=labgate-$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
code=0
echo "::stop-commands::$stop"
"$labgate" "${arguments[@]}" --report "$reports" 2>&1 | tee -- "$folder/output.txt" || code=${PIPESTATUS[0]}
printf '\n::%s::\n' "$stop"

# Our own annotations, and nothing else of what was printed: a report that escapes what it quotes.
if [[ -f $private/annotations ]]; then cat -- "$private/annotations"; fi
if [[ -f $folder/labgate.md ]]; then cat -- "$folder/labgate.md" >> "$GITHUB_STEP_SUMMARY"; fi
"$python" - "$folder" "$code" >> "$GITHUB_OUTPUT" <<'PYTHON'
import json, pathlib, sys

folder, code = sys.argv[1:]
try:
    report = json.loads(pathlib.Path(folder, "labgate.json").read_text(encoding="utf-8"))
except (OSError, ValueError):
    report = {}
verdict = report.get("verdict", "")
graded = verdict in ("passed", "not-passed")
print(f"exit-code={code}")
print(f"verdict={verdict}")
print(f"points={report['points'] if graded else ''}")
print(f"points-total={report['points_total'] if graded else ''}")
print("reports=" + " ".join(folder.splitlines()))
PYTHON
if [[ $LABGATE_ACTION_FAIL == true ]]; then exit "$code"; fi
