"""Every kind of mistake in a lab, with what is said of it and where."""

from __future__ import annotations

import pytest

WRONG = [
    # the file as a whole
    ("format: 1\n", "", ["1:1: the key is missing: format"]),
    ("format: 1", "format: 2", ["1:9: this Labgate reads labs of format 1, not 2 (a newer Labgate may)"]),
    (
        "minutes: 10",
        "minuts: 10",
        ["1:1: the key is missing: minutes", "4:1: unknown key: minuts (did you mean minutes?)"],
    ),
    ("level: beginner\n", "", ["1:1: the key is missing: level"]),
    # types
    ("minutes: 10", "minutes: ten", ["4:10: this must be a whole number, but is text"]),
    (
        "minutes: 10",
        'minutes: "10"',
        ["4:10: this must be a whole number, but is text (leave the quotes out)"],
    ),
    ("minutes: 10", "minutes: true", ["4:10: this must be a whole number, but is true"]),
    ("minutes: 10", "minutes: 1.5", ["4:10: this must be a whole number, but is a number with a fraction"]),
    ("minutes: 10", "minutes: [10]", ["4:10: this must be a whole number, but is a list"]),
    ("minutes: 10", "minutes: 0", ["4:10: too small: 0; at least 1"]),
    ("minutes: 10", "minutes:", ["4:9: nothing is written here; wanted: a whole number"]),
    ("level: beginner", "level: begginer", ["5:8: unknown value: begginer (did you mean beginner?)"]),
    ('  - "true"', "  - true", ["17:5: this must be text, but is true (put it in quotes)"]),
    (
        'setup:\n  - "true"',
        "setup: kubectl get ns",
        [
            "16:8: this must be a list, but is text "
            "(write each of them on a line of its own, with - before it)"
        ],
    ),
    ("run: [kubectl delete namespace istio-system]", "run: []", ["57:8: too few; at least 1"]),
    # a colon that makes a mapping of a command
    (
        '  - "true"',
        "  - echo a: b",
        [
            "17:5: the key is missing: command",
            "17:5: unknown key: echo a (text with a colon and a space in it must be in quotes)",
        ],
    ),
    # languages
    (", ko: 작은 실습", "", ["2:8: the text is missing for: ko"]),
    (", ko: 작습니다.", ", kr: 작습니다.", ["3:29: the lab is not in this language: kr (did you mean ko?)"]),
    ('{en: "Which?", ko: "무엇?"}', '{en: "Which?"}', ["37:15: the text is missing for: ko"]),
    ("ko: 보세요.", 'ko: " "', ["44:25: the text is empty"]),
    ("ko: 보세요.", "ko: ", ["44:25: nothing is written here; wanted: text"]),
    (
        ", ko: 작습니다.",
        ", as it is., ko: 작습니다.",
        [
            "3:38: nothing is written here; wanted: text (within braces, a text with a comma in it must be in quotes)"
        ],
    ),
    # what a lab requires
    ('">=1.18,<1.23"', '"1.18 - 1.23"', ["7:15: a version range looks like >=1.18,<1.23 or *"]),
    ("tools: {kubectl", "tool: {kubectl", ["8:3: unknown key: tool (did you mean tools?)"]),
    ("verb: create, resource: namespaces", "verb: create", ["10:7: the key is missing: resource"]),
    (
        "kubernetes: 1.20",
        "kubernetes: newest",
        [
            "14:24: newest does not fit; wanted: a version of Kubernetes that a practice cluster can be: 1.19 to 1.34"
        ],
    ),
    ("after: another-lab", "after: small-lab", ["15:8: a lab can't come after itself"]),
    (
        "after: another-lab",
        "after: A lab",
        ["15:8: A lab does not fit; wanted: small letters, digits and dashes"],
    ),
    # variables
    (
        "default: 1.11.3",
        "default: latest",
        [r"12:28: latest is not a value of istio_version; all of it must match: \d+\.\d+\.\d+"],
    ),
    (
        r"pattern: '\d+",
        r"pattern: '(\d+",
        ["12:45: this regular expression can't be used: a parenthesis is not closed: (\\d+\\.\\d+\\.\\d+"],
    ),
    (
        "replicas: {default: 3}",
        "replicas: {}",
        ["13:3: a variable needs a default, choices, or from: machine"],
    ),
    (
        "replicas: {default: 3}",
        "replicas: {default: $(id)}",
        [
            "13:23: $(id) is not a value of replicas: "
            "without a pattern of its own it may have [A-Za-z0-9._:/@+-]+ only"
        ],
    ),
    (
        "replicas: {default: 3}",
        "replicas: {choices: [1, 2], default: 3}",
        ["13:40: 3 is not a value of replicas; one of: 1, 2"],
    ),
    (
        "replicas: {default: 3}",
        "replicas: {from: machin}",
        ["13:20: unknown value: machin (did you mean machine?)"],
    ),
    (
        "cd istio-{{istio_version}}",
        "cd istio-{{istio_versoin}}",
        ["23:9: unknown variable: {{istio_versoin}} (did you mean istio_version?)"],
    ),
    (
        "cd istio-{{istio_version}}",
        "cd {{end}}",
        [
            "23:9: unknown variable: {{end}} "
            r"(declare it under variables, or write \{{end}} if braces are meant)"
        ],
    ),
    (
        'replicas: "{{replicas}}"',
        "replicas: {{replicas}}",
        ["30:20: a value that begins with { or [ must be in quotes"],
    ),
    # steps
    ("id: second", "id: first", ["46:9: the id is used twice: first"]),
    ("id: second", "id: cleanup", ["46:9: the id is kept for the lab's own parts: cleanup"]),
    (
        "text: text/first",
        "text: text/frist",
        ["21:11: there is no such file: text/frist.en.md (did you mean text/first?)"],
    ),
    ("text: text/first", "text: ../first", ["21:11: the file is outside the lab's folder: ../first"]),
    ("text: text/first", "text: /etc/passwd", ["21:11: the file is outside the lab's folder: /etc/passwd"]),
    (
        r"'Proceed\?'",
        "'Proceed('",
        ["25:28: this regular expression can't be used: a parenthesis is not closed: Proceed("],
    ),
    ("timeout: 10m", "timeout: ten minutes", ["26:18: a duration is a number of seconds, or 90s, 5m, 1h"]),
    (
        "timeout: 10m",
        "keys: [enter]",
        ["24:9: a command has answers (to its questions) or keys (for its editor), not both"],
    ),
    ("within: 90", "within: -5", ["42:13: too small: -5; more than 0"]),
    ("within: 90", "within: true", ["42:13: this must be text or a number, but is true"]),
    ("port: 20001, title", "port: 99999, title", ["45:55: too large: 99999; at most 65535"]),
    # checks
    (
        "- deployment: istiod",
        "- deploymnet: istiod",
        ["28:9: not a known type of check (did you mean deployment?)"],
    ),
    (
        "        in: istio-system\n        replicas",
        "        namespace: istio-system\n        replicas",
        [
            "29:9: a check has one type, and this one names several: deployment, namespace "
            "(the namespace of an object is: in)"
        ],
    ),
    ("{namespace: istio-system, absent: true}", "istio-system", ["59:7: this must be a check, but is text"]),
    ("        ready: true", "        raedy: true", ["31:9: unknown key: raedy (did you mean ready?)"]),
    (
        "        ready: true",
        '        ready: "true"',
        ["31:16: this must be true or false, but is text (leave the quotes out)"],
    ),
    (
        "type: LoadBalancer",
        "type: Loadbalancer",
        ["32:50: unknown value: Loadbalancer (did you mean LoadBalancer?)"],
    ),
    ("{min: 1, max: 3}", "{min: 3, max: 1}", ["33:16: max is less than min"]),
    ("{min: 1, max: 3}", "many", ["33:16: this must be a number, or a range, but is text"]),
    (
        "selector: app=istiod",
        "selector: app in istiod",
        [
            "33:62: a label selector looks like app=istiod or tier in (a, b): not a label selector: 'app in istiod'"
        ],
    ),
    (
        "networking.istio.io/v1beta1",
        "networking.istio.io",
        ["35:14: networking.istio.io does not fit; wanted: an apiVersion: apps/v1"],
    ),
    ("correct: true, ", "", ["37:9: a quiz has two choices or more, at least one of them correct"]),
    ("{id: b, text", "{id: a, text", ["37:9: two choices have the same id"]),
    ("path: /kiali}", "path: kiali}", ["50:69: kiali does not fit; wanted: a path that begins with /"]),
    # YAML and what people expect of it
    (
        "minutes: 10",
        "minutes: 010",
        ["4:10: 010 means an octal number to YAML: put it in quotes if text is meant"],
    ),
    (
        "minutes: 10",
        "minutes: 1e1",
        ["4:10: 1e1 means another number to YAML: put it in quotes if text is meant"],
    ),
    (
        "title: Kubernetes",
        "title: yes",
        ["47:12: yes means true or false to YAML: put it in quotes if text is meant"],
    ),
    (
        "title: Kubernetes",
        "title: 12:30:00",
        ["47:12: 12:30:00 means a number in base 60 to YAML: put it in quotes if text is meant"],
    ),
    (
        "title: Kubernetes",
        "title: 2026-01-01",
        ["47:12: 2026-01-01 means a date to YAML: put it in quotes if text is meant"],
    ),
    (
        "title: Kubernetes",
        "title: ~",
        [
            "47:12: nothing is written here; wanted: text, or text by language (en: …, ko: …) (put it in quotes)"
        ],
    ),
    ("minutes: 10", "minutes: 10\nminutes: 20", ["5:1: the key minutes is there twice, first in line 4"]),
    (
        "minutes: 10",
        "minutes: !!int 10",
        ["4:10: tags (tag:yaml.org,2002:int) are not read: put text that begins with ! in quotes"],
    ),
    ("{default: 3}", "{default: 3, <<: {a: 1}}", ["13:26: merge keys (<<) are not read: write the keys out"]),
    ("minutes: 10", "on: 10\nminutes: 10", ["4:1: the key on is not text to YAML: put it in quotes"]),
    (
        "title: Kubernetes",
        "title: *nothing",
        ["47:12: *nothing refers to nothing: put text that begins with * in quotes"],
    ),
    (
        "title: Kubernetes",
        "title: Kubernetes: all",
        ["47:22: a colon and a space within a text: put the whole text in quotes"],
    ),
    ("title: Kubernetes", "title: @all", ["47:12: a text can't begin with @: put it in quotes"]),
    (
        "title: Kubernetes",
        "title: 'Kubernetes",
        ["47:12: the quote that is opened here is not closed as it should be"],
    ),
    ("    title: Kubernetes", "\ttitle: Kubernetes", ["47:1: a tab: YAML is indented with spaces"]),
    ("minutes: 10", "---\nminutes: 10", ["4:1: a second document begins here (---): a lab is one document"]),
    (
        "It is small.",
        "It is \u202esmall.",
        ["3:21: a character that can't be seen (U+202E) does not belong here"],
    ),
    ("{en: Read this.,", '{en: "Read\\x1b[1m",', ["48:16: a control character (U+001B) can't be in a lab"]),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG, ids=[new[:40] for _, new, _ in WRONG])
def test_what_is_reported(broken, old, new, message):
    assert broken((old, new)) == [f"lab.yaml:{line}" for line in message]


def test_all_at_once_in_the_order_of_the_file(broken):
    message = broken(
        ("minutes: 10", "minutes: ten"),
        ("id: second", "id: first"),
        ("type: LoadBalancer", "type: Loud"),
        ("{{istio_version}}/bin", "{{version}}/bin"),
    )
    assert [each.split(":")[1] for each in message] == ["4", "32", "46", "53"]
