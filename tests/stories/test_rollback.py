"""The way back on a real terminal: what starts it by itself, and what a lead does with it."""

import json
from pathlib import Path

from tests.stories import when
from tests.stories.test_terminal import cockpit, steady

AUTOMATIC = """\
version: 1
title: A release
phases:
  - id: only
    title: Only
    sections:
      - id: steps
        title: Steps
        steps:
          - {id: point, title: Remember the way back, rollback_point: [financial-tax]}
          - {id: apply, title: Apply the manifests, run: kubectl apply -k infra/k8s/overlays/prod}
          - {id: after, title: Tell everybody, attest: say it}
rollback:
  automatic: true
  countdown: 20m
  triggers:
    - {id: bug, title: A critical bug was found}
  procedures:
    - id: application
      title: Back to the version before
      steps:
        - {id: back, title: Return to the pinned revision, undo: [financial-tax]}
"""


def test_a_rollback_that_would_start_by_itself_is_stopped_by_one_key(state: Path, tmp_path: Path) -> None:
    (tmp_path / "automatic.yaml").write_text(AUTOMATIC)
    with cockpit(
        "demo", "automatic.yaml", "--speed", "20", "--lead", "Ann", state=state, columns=100, rows=30
    ) as terminal:
        terminal.wait_for("◆ Tell everybody")
        terminal.press("D")
        terminal.wait_for("What was seen")
        terminal.press("tab")
        terminal.type("totals are wrong")
        terminal.press("enter")
        terminal.wait_for("ROLLS BACK IN", "x stops it", "x stop the rollback")
        terminal.press("ctrl+r")
        terminal.wait_for("ROLLBACK BY ITSELF IN", "It starts by itself at", "totals are wrong")
        terminal.press("x")
        terminal.wait_gone("BY ITSELF IN")
        terminal.wait_for("Nothing has happened yet.", "-    image: registry.local/financial-tax:2.5.0")
        terminal.press("escape")
        terminal.wait_for("ROLLBACK TRIGGER FIRED")
        steady(terminal)
        terminal.press("space")
        terminal.wait_for("✔ Tell everybody")
        terminal.press("q")
        terminal.wait_end()
    (run,) = (one["run"] for one in json.loads(when.cockpit("runs", "--json", state=state).out))
    told = json.loads(when.cockpit("report", run, "--format", "json", state=state).out)
    assert told["result"] == "done"
    assert told["rollbacks"] == []
