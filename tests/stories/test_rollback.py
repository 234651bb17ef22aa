"""The way back on a real terminal: what starts it by itself, and what a lead does with it."""

import json
from pathlib import Path

from alfred_tui.demo.process import DemoEndpoints

from tests.stories import given, when
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


PARTIAL = """\
version: 1
title: A release
phases:
  - id: only
    title: Only
    sections:
      - id: steps
        title: Steps
        steps:
          - {id: point, title: Remember the way back, rollback_point: [financial-tax, legal-compliance]}
          - {id: apply, title: Apply the manifests, run: kubectl apply -k infra/k8s/overlays/prod}
          - id: rollout
            title: All is rolled out
            rollout: {deployments: [financial-tax, legal-compliance], timeout: 10m}
          - {id: after, title: Tell everybody, attest: say it}
rollback:
  procedures:
    - id: application
      title: Back to the version before
      steps:
        - id: back
          title: Return to the pinned revision
          undo: {deployments: [financial-tax, legal-compliance], resume: true}
          on_fail: continue
        - id: pin
          title: Pin the overlay
          pin_images: {overlay: infra/k8s/overlays/prod, deployments: [financial-tax, legal-compliance]}
          confirm: pin
          needs: [back]
        - id: status
          title: The rollouts are complete
          rollout: {deployments: [financial-tax, legal-compliance], timeout: 10m}
          needs: [back]
"""


def test_what_is_not_back_is_said_and_the_rest_goes_on_and_it_can_be_run_again_and_forward(
    state: Path, tmp_path: Path
) -> None:
    checklist = tmp_path / "partial.yaml"
    checklist.write_text(PARTIAL)
    with (
        given.a_cluster(tmp_path, speed=60) as world,
        cockpit(
            "run", checklist, "--kubeconfig", world.kubeconfig, "--workdir", world.workspace, "--lead", "Ann",
            state=state, columns=160, rows=50,
        ) as terminal,
    ):  # fmt: skip
        terminal.wait_for("◆ Tell everybody", "PODS 15 well", seconds=60)
        given.kubectl(world, "rollout", "pause", "deployment/legal-compliance")
        given.kubectl(world, "delete", "deployment", "financial-tax", "--wait=true")
        terminal.press("ctrl+r")
        terminal.wait_for(
            "paused 2.5.0", "legal-compliance: paused. The undo resumes it", "newTag: 2.4.0, digest: sha256:"
        )
        terminal.type("rollback")
        terminal.press("enter")
        terminal.wait_for(
            "failed", "1 of 2 are not back: financial-tax", "Back: legal-compliance. Not back: financial-tax",
            seconds=60,
        )  # fmt: skip
        terminal.wait_for("The overlay waits to be pinned", "w pin the overlay")
        overlay = Path(world.workspace) / "infra/k8s/overlays/prod/kustomization.yaml"
        assert "2.4.0" not in overlay.read_text()
        terminal.press("w")
        terminal.wait_for("Type pin to start")
        terminal.type("pin")
        terminal.press("enter")
        when.wait_until(lambda: overlay.read_text().count("newTag: 2.4.0, digest: sha256:") == 2)
        assert _tag(world, "legal-compliance") == "2.4.0"

        given.kubectl(world, "apply", "-k", str(overlay.parent))
        when.wait_until(lambda: _tag(world, "financial-tax") == "2.4.0")
        terminal.wait_for("a again")
        terminal.press("a")
        terminal.wait_for("It was started before.", "type rollback and press enter to start")
        terminal.type("rollback")
        terminal.press("enter")
        terminal.wait_for("The overlay waits to be pinned", seconds=60)
        terminal.press("w")
        terminal.wait_for("Type pin to start")
        terminal.type("pin")
        terminal.press("enter")
        terminal.wait_for("The run is over: rolled back.", seconds=60)

        terminal.press("a")
        terminal.wait_for("It was started before.", "pins these images already")
        terminal.press("down")
        terminal.wait_for("WHAT CHANGES in legal-compliance")
        terminal.press("right")
        terminal.wait_for("rev 2 (chosen) 2.5.0")
        terminal.type("rollback")
        terminal.press("enter")
        when.wait_until(lambda: _tag(world, "legal-compliance") == "2.5.0")
        terminal.press("q")
        terminal.read_for(0.5)
        terminal.press("y")
        terminal.wait_end()


def _tag(world: DemoEndpoints, name: str) -> str:
    path = "jsonpath={.spec.template.spec.containers[0].image}"
    image = given.kubectl(world, "get", "deployment", name, "-o", path)
    return image.partition("@")[0].rpartition(":")[2]
