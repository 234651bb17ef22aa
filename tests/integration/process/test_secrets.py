"""No form of a secret is in any file of a run, in its lines or in its reports, whatever the chunks."""

import base64
import json
import os
import subprocess
import sys
import urllib.parse
from pathlib import Path

SECRET = 'pä/ss "w0rd"+&\\x'
FILED = "from-a-file-1234"

CHECKLIST = """
version: 1
title: Secrets
secrets: [TOKEN, FILED]
phases:
  - id: p
    title: P
    sections:
      - id: s
        title: S
        parallel: true
        steps:
          - id: prints
            title: Prints it in every form
            run: python3 $HOME/prints.py
            secrets: [TOKEN, FILED]
            stdin: TOKEN
            capture: {taken: 'raw (.+)'}
            on_fail: continue
          - id: fails
            title: Fails with it in the last line
            run: echo "cannot log in with $TOKEN" >&2; exit 3
            secrets: [TOKEN]
            on_fail: continue
          - id: inherits
            title: Is given none
            run: echo "$${TOKEN-none} $${FILED-none} $${FILED_FILE-none}"
            expect: {match: ^none none none$}
          - id: signed
            title: Signed with it in the note
            attest: Say how.
"""

PRINTS = """
import base64, json, os, random, sys, time, urllib.parse
random.seed(int(os.environ.get("SEED", "0")))
given = sys.stdin.read()
for value in (os.environ["TOKEN"], os.environ["FILED"], given):
    raw = value.encode()
    forms = [raw, base64.b64encode(b"user:" + raw), base64.urlsafe_b64encode(b"x" + raw),
             urllib.parse.quote(value, safe="").encode(), urllib.parse.quote_plus(value).encode(),
             json.dumps({"k": value}).encode()]
    for form in forms:
        line = b"raw " + form + b" tail\\n"
        while line:
            n = random.randint(1, 9)
            os.write(1, line[:n])
            line = line[n:]
            if random.random() < 0.05:
                time.sleep(0.002)
"""


def cockpit(home: Path, *arguments: str) -> "subprocess.CompletedProcess[bytes]":
    environ = {
        "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/bin", "/bin")),
        "HOME": str(home), "TOKEN": SECRET, "FILED_FILE": str(home / "filed"), "LANG": "C.UTF-8",
    }  # fmt: skip
    command = [sys.executable, "-m", "alfred_tui.cli.main", *arguments, "--state-dir", str(home / "state")]
    return subprocess.run(command, capture_output=True, env=environ, cwd=home, timeout=60)


def forms(value: str) -> list[bytes]:
    raw = value.encode()
    middle = base64.b64encode(b"user:" + raw)[8:-4]
    return [
        raw, middle, base64.urlsafe_b64encode(b"x" + raw)[4:-4], urllib.parse.quote(value, safe="").encode(),
        json.dumps(value)[1:-1].encode(), json.dumps(value, ensure_ascii=False)[1:-1].encode(),
    ]  # fmt: skip


def test_no_form_reaches_a_file_a_line_or_a_report(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text(CHECKLIST)
    (tmp_path / "prints.py").write_text(PRINTS)
    (tmp_path / "filed").write_text(FILED + "\n")
    note = json.dumps({"signed": {"by": "ann", "note": f"used {SECRET} by hand"}})
    (tmp_path / "signed.yaml").write_text(note)
    done = cockpit(
        tmp_path, "run", "list.yaml", "--headless", "--jsonl", "--attestations", "signed.yaml"
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = {"the lines": done.stdout + done.stderr}
    for form in ("md", "html", "json"):
        shown[f"the report in {form}"] = cockpit(tmp_path, "report", "--format", form).stdout
    files = {str(path): path.read_bytes() for path in (tmp_path / "state").rglob("*") if path.is_file()}
    assert any(path.endswith("journal.db") for path in files)
    assert any("‹TOKEN›".encode() in data for data in files.values())
    for where, data in (shown | files).items():
        for value in (SECRET, FILED):
            assert not [form for form in forms(value) if form in data], where
    events = [json.loads(line) for line in done.stdout.splitlines()]
    outcomes = {one["step"]: one["outcome"] for one in events if one["type"] == "step_finished"}
    assert "‹" in outcomes["prints"]["outputs"]["taken"]
    assert outcomes["fails"]["reason"] == "It ended with exit 3: cannot log in with ‹TOKEN›."
    assert outcomes["inherits"]["status"] == "passed"
