"""`doctor`: what a run would lack, found beforehand, with any checklist and with or without a cluster."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from alfred_tui.demo.process import DemoEndpoints

from tests.stories.given import a_checklist, a_cluster, a_kubeconfig
from tests.stories.when import PROGRAM, Ran, cockpit, environment

SECRETS = {
    "DATABASE_URL": "postgresql://s3cret",
    "OPENAI_API_KEY": "sk-s3cret",
    "SLACK_BOT_TOKEN": "xoxb-s3cret",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoEndpoints]:
    with a_cluster(tmp_path_factory.mktemp("world"), speed=1) as found:
        yield found


def found(said: Ran) -> dict[tuple[str, str], dict[str, Any]]:
    """The findings of `--json` by subject and name; the worst of several."""
    order = ["ok", "not configured", "unknown", "missing", "refused"]
    table: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(json.loads(said.out)["findings"], key=lambda one: order.index(one["state"])):
        table[one["subject"], one["name"]] = one
    return table


def states(said: Ran) -> dict[tuple[str, str], str]:
    return {key: one["state"] for key, one in found(said).items()}


@contextmanager
def silent() -> Iterator[int]:
    """A port that takes connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        yield listener.getsockname()[1]


def test_with_all_that_the_shipped_checklist_needs_nothing_is_missing(
    world: DemoEndpoints, state: Path
) -> None:
    said = cockpit(
        "doctor", "--kubeconfig", world.kubeconfig, "--prometheus", world.prometheus,
        "--workdir", world.workspace, "--json", state=state, cwd=None, timeout=60, **SECRETS,
    )  # fmt: skip
    table = found(said)
    lacking = [one for one in table.values() if one["needed"] and one["state"] != "ok"]
    if world.terraform == "simulated":
        lacking = [one for one in lacking if one["name"] != "terraform"]
    assert lacking == []
    assert said.code == 0 or world.terraform == "simulated"
    assert "v1.36" in table["cluster", "API server"]["sentence"]
    assert "admin" in table["cluster", "identity"]["sentence"]
    assert "measures" in table["cluster", "metrics API"]["sentence"]
    assert table["prometheus", "server"]["facts"]["version"]
    assert abs(table["prometheus", "server"]["facts"]["clock_ahead_seconds"]) < 30
    assert table["prometheus", "step monitor-canary, error rate, stable"]["state"] == "ok"
    later = table["prometheus", "step monitor-canary, error rate, canary"]
    assert (later["state"], later["needed"]) == ("unknown", False)
    assert 'track="canary"' in later["facts"]["empty"][0]
    assert "version" in table["tools", "kubectl"]["sentence"].lower()
    assert "s3cret" not in said.out + said.err
    assert not state.exists()


def test_a_view_only_account_can_watch_and_is_told_what_it_lacks_to_lead(
    world: DemoEndpoints, state: Path
) -> None:
    said = cockpit("doctor", "--kubeconfig", world.viewer_kubeconfig, state=state)
    assert said.code == 1
    lines = said.out.splitlines()
    assert any(one.split()[:3] == ["ok", "to", "watch"] for one in lines)
    refused = [one for one in lines if one.startswith("  refused")]
    assert any("may not patch and delete deployments.apps in default" in one for one in refused)
    assert any("secrets" in one for one in refused)
    watching = cockpit("doctor", "--watcher", "--kubeconfig", world.viewer_kubeconfig, state=state)
    assert watching.code == 0, watching
    assert "Nothing needed is missing." in watching.out
    assert "patch" not in watching.out


def test_without_any_cluster_everything_else_is_looked_at(state: Path) -> None:
    said = cockpit("doctor", "--json", state=state)
    assert said.code == 1
    table = states(said)
    assert table["cluster", "API server"] == "not configured"
    assert table["prometheus", "server"] == "not configured"
    assert table["environment", "DATABASE_URL"] == "missing"
    assert table["folders", "state"] == "ok"
    assert ("terminal", "TERM") in table


def test_a_checklist_that_needs_nothing_but_its_commands_is_complete_without_a_cluster(
    state: Path, tmp_path: Path
) -> None:
    path = a_checklist(tmp_path, "id: build, title: Build, run: 'sh -c true'")
    said = cockpit("doctor", path, state=state)
    assert said.code == 0, said
    assert "not configured  API server" in said.out


def test_a_checklist_of_ones_own_is_held_against_what_is_here(
    world: DemoEndpoints, state: Path, tmp_path: Path
) -> None:
    ran = tmp_path / "ran"
    script = tmp_path / "deploy.sh"
    script.write_text(f"#!/bin/sh\ntouch {ran}\n")
    script.chmod(0o755)
    path = a_checklist(
        tmp_path,
        "id: build, title: Build, run: 'frobnicate --all | ./deploy.sh', secrets: [RELAY_KEY]",
        "id: optional, title: Optional, run: 'scan .', requires: [scan]",
        "id: far, title: Far, on: mx, run: systemctl reload postfix",
        "id: queue, title: Queue, query: {promql: 'postfix_queue{job=\"mx\"}', below: 5}",
        "id: db, title: Db, rollout: {statefulsets: [db]}",
        rest="secrets: [RELAY_KEY]\nhosts: {mx: {host: 127.0.0.1, port: 9}}\n",
    )
    said = cockpit(
        "doctor", path, "--kubeconfig", world.kubeconfig, "--prometheus", world.prometheus,
        "--workdir", tmp_path, "--json", state=state, RELAY_KEY_FILE=str(tmp_path / "none"),
    )  # fmt: skip
    assert said.code == 1
    table = found(said)
    assert table["tools", "frobnicate"]["state"] == "missing"
    assert table["tools", "./deploy.sh"]["state"] == "ok"
    assert not ran.exists(), "doctor ran a command of the checklist"
    assert (table["tools", "scan"]["state"], table["tools", "scan"]["needed"]) == ("missing", False)
    assert ("tools", "systemctl") not in table, "that one is needed on the far host"
    assert "cannot be read" in table["environment", "RELAY_KEY"]["sentence"]
    assert table["ssh", "mx"]["state"] == "missing"
    assert ("prometheus", "step queue") in table, said.out
    assert table["prometheus", "step queue"]["facts"]["empty"] == ['postfix_queue{job="mx"}']
    assert "statefulsets.apps" in str(table["rights", "statefulsets.apps"])


def test_what_does_not_answer_is_told_within_a_bounded_time(state: Path, tmp_path: Path) -> None:
    path = a_checklist(
        tmp_path,
        "id: far, title: Far, on: mx, run: 'true'",
        "id: queue, title: Queue, query: {promql: up, below: 5}",
        "id: db, title: Db, rollout: {statefulsets: [db]}",
        rest="hosts: {mx: {host: 127.0.0.1, port: PORT}}\n",
    )
    with ExitStack() as stack:
        api, prometheus, ssh = (stack.enter_context(silent()) for _ in range(3))
        path.write_text(path.read_text().replace("PORT", str(ssh)))
        config = a_kubeconfig(tmp_path, f"https://127.0.0.1:{api}")
        said = cockpit(
            "doctor", path, "--kubeconfig", config, "--prometheus", f"http://127.0.0.1:{prometheus}",
            "--json", state=state, timeout=50,
        )  # fmt: skip
    assert said.code == 1
    table = states(said)
    assert table["cluster", "API server"] == "missing"
    assert table["prometheus", "server"] == "missing"
    assert table["ssh", "mx"] == "missing"


def test_a_layout_that_cannot_be_used_is_told(state: Path, tmp_path: Path) -> None:
    checklist = a_checklist(tmp_path, "id: one, title: One, attest: say it")
    (tmp_path / "mine.yaml").write_text("title: mine\ncolumns: [{panels: [{name: podz}]}]\n")
    for layout, at in (("nowhere", 'no shipped layout "nowhere"'), ("./mine.yaml", "mine.yaml:2:28:")):
        said = cockpit("doctor", checklist, "--layout", layout, "--json", state=state, cwd=tmp_path)
        assert said.code == 1
        layout_found = found(said)["terminal", "layout"]
        assert (layout_found["state"], layout_found["needed"]) == ("missing", True)
        assert at in layout_found["sentence"]


def test_with_standard_output_closed_it_still_answers_by_its_exit_code(state: Path, tmp_path: Path) -> None:
    checklist = a_checklist(tmp_path, "id: one, title: One, attest: say it")
    ended = subprocess.run(
        ["sh", "-c", '"$0" doctor "$1" >&-', PROGRAM, checklist],
        env=environment(state), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (0, "")


def test_it_can_be_left_while_something_does_not_answer(state: Path, tmp_path: Path) -> None:
    checklist = a_checklist(tmp_path, "id: one, title: One, attest: say it", rest="secrets: [A, B]\n")
    for name in ("a", "b"):
        os.mkfifo(tmp_path / name)
    doctor = subprocess.Popen(
        [PROGRAM, "doctor", checklist],
        env=environment(state, A_FILE=str(tmp_path / "a"), B_FILE=str(tmp_path / "b")),
        stdout=subprocess.DEVNULL,
    )
    try:
        with (tmp_path / "a").open("wb"):
            pass  # it opens once somebody looks at it, who then waits for b
        doctor.send_signal(signal.SIGINT)
        assert doctor.wait(timeout=30) == 130
    finally:
        doctor.kill()


def test_a_kubeconfig_that_is_not_there_and_a_wrong_checklist_are_told(state: Path, tmp_path: Path) -> None:
    said = cockpit("doctor", "--kubeconfig", tmp_path / "none", "--json", state=state)
    assert said.code == 1
    assert states(said)["cluster", "API server"] == "missing"
    wrong = cockpit("doctor", tmp_path / "none.yaml", state=state)
    assert wrong.code == 2
    broken = a_checklist(tmp_path, "id: a, title: A, rum: x")
    assert cockpit("doctor", broken, state=state).code == 2
