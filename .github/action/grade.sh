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
arguments=(grade "$LABGATE_ACTION_LAB" --language "$LABGATE_ACTION_LANGUAGE")
reports="json=$folder/labgate.json,junit=$folder/labgate.xml,markdown=$folder/labgate.md,html=$folder/labgate.html"
if [[ -n $LABGATE_ACTION_ROSTER ]]; then
  arguments+=(--roster "$LABGATE_ACTION_ROSTER")
  reports+=",csv=$folder/labgate.csv"
else
  reports+=",annotations=-"
  if [[ $LABGATE_ACTION_RUN == true ]]; then arguments+=(--run); fi
  if [[ $LABGATE_ACTION_PRACTICE == true ]]; then arguments+=(--practice); fi
  if [[ -n $LABGATE_ACTION_CONTEXT ]]; then arguments+=(--context "$LABGATE_ACTION_CONTEXT"); fi
  if [[ -n $LABGATE_ACTION_KUBECONFIG ]]; then arguments+=(--kubeconfig "$LABGATE_ACTION_KUBECONFIG"); fi
fi
if [[ $LABGATE_ACTION_TRUST == true ]]; then arguments+=(--yes); fi

code=0
# What a lab prints is no command to the runner; only our own annotations, which come at the end, are.
stop=labgate-$RANDOM$RANDOM$RANDOM
"$labgate" "${arguments[@]}" --report "$reports" > "$folder/output.txt" || code=$?
echo "::stop-commands::$stop"
grep -v '^::' -- "$folder/output.txt" || true
echo "::$stop::"
grep -E '^::(error|warning|notice) title=' -- "$folder/output.txt" || true

if [[ -f $folder/labgate.md ]]; then cat -- "$folder/labgate.md" >> "$GITHUB_STEP_SUMMARY"; fi
"$python" - "$folder" "$code" >> "$GITHUB_OUTPUT" <<'PYTHON'
import json, pathlib, sys

folder, code = sys.argv[1:]
try:
    report = json.loads(pathlib.Path(folder, "labgate.json").read_text())
except (OSError, ValueError):
    report = {}
verdict = report.get("verdict", "")
graded = verdict in ("passed", "not-passed")
print(f"exit-code={code}")
print(f"verdict={verdict}")
print(f"points={report['points'] if graded else ''}")
print(f"points-total={report['points_total'] if graded else ''}")
print("reports=" + folder.replace("\n", " "))
PYTHON
if [[ $LABGATE_ACTION_FAIL == true ]]; then exit "$code"; fi
