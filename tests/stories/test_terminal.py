"""The cockpit on a real terminal: what a lead presses and sees, from the first signature to the last quit."""

import json
from pathlib import Path

from alfred_tui.demo.process import DemoEndpoints

from tests.stories import given, when
from tests.stories.terminal import Terminal

RELEASE = """\
version: 1
title: A release
phases:
  - id: only
    title: Only
    sections:
      - id: steps
        title: Steps
        steps:
          - {id: said, title: Everybody knows, attest: say it}
          - {id: point, title: Remember the way back, rollback_point: [financial-tax]}
          - id: apply
            title: Apply the manifests
            run: kubectl apply -k infra/k8s/overlays/prod
            idempotent: true
          - id: rollout
            title: All is rolled out
            rollout: {deployments: [financial-tax], timeout: 10m}
          - {id: after, title: Tell everybody, attest: say it again}
rollback:
  procedures:
    - id: application
      title: Back to the version before
      steps:
        - {id: back, title: Return to the pinned revision, undo: [financial-tax]}
        - {id: well, title: The pods are well, pods: [financial-tax]}
"""

SAID = "id: said, title: Everybody knows, attest: say it"
GATE = (
    "id: gate, title: Wait at the gate, "
    "run: 'echo came >> trace; until test -e open; do sleep 0.1; done; echo went >> trace'"
)
LAST = "id: last, title: The last word, attest: say it"


def cockpit(*arguments: str | Path, state: Path, columns: int = 120, rows: int = 40) -> Terminal:
    """The program on a terminal."""
    return Terminal(
        [when.PROGRAM, *arguments],
        env=when.environment(state), cwd=state.parent, columns=columns, rows=rows,
    )  # fmt: skip


def led_on(world: DemoEndpoints, checklist: Path, state: Path, **size: int) -> Terminal:
    return cockpit("run", checklist, "--kubeconfig", world.kubeconfig, "--lead", "Ann", state=state, **size)


def trace(folder: Path) -> list[str]:
    path = folder / "trace"
    return path.read_text().split() if path.exists() else []


def steady(terminal: Terminal) -> None:
    """Until the cursor has stood on its step long enough for a key to count."""
    terminal.read_for(0.7)


def test_attest_see_it_fail_retry_and_roll_back(state: Path, tmp_path: Path) -> None:
    (tmp_path / "release.yaml").write_text(RELEASE)
    with cockpit(
        "demo", "release.yaml", "--scenario", "crash-loop", "--speed", "60", "--lead", "Ann", state=state
    ) as terminal:
        terminal.wait_for("Everybody knows", "waiting for a person", "DEMO crash-loop ×60")
        terminal.wait_for("PODS 15 well")
        steady(terminal)
        terminal.press("space")
        terminal.wait_for("✔ Everybody knows", "✎ Ann Everybody knows")

        terminal.wait_for("held: a step needs a decision", "✘ failed", "cannot come up", seconds=40)
        terminal.wait_for("✘ All is rolled out", "exit code 1")
        steady(terminal)
        terminal.press("r")
        terminal.wait_for("✘ failed", "attempt 2", seconds=40)

        terminal.press("ctrl+r")
        terminal.wait_for("Nothing has happened yet", "rev 1 2.4.0", "THE PLAN")
        terminal.press("enter")
        terminal.wait_for("Type rollback")
        assert "rolled back" not in terminal.text
        terminal.type("rollback")
        terminal.press("enter")
        terminal.wait_for("The run is over: rolled back", "✔ 3/3", seconds=40)

        terminal.press("escape")
        terminal.wait_for("CHECKLIST", "rolled back", "PODS 15 well")
        terminal.press("q")
        assert terminal.wait_end() == 3
        assert b": rolled back. Its record:" in terminal.raw
    data = when.report(state)
    assert data["result"] == "rolled_back"
    steps = when.reported_steps(data)
    assert [one["by"] for one in steps["said"]["signatures"]] == ["Ann"]
    assert (steps["rollout"]["status"], steps["rollout"]["attempt"]) == ("failed", 2)
    assert when.cockpit("verify", data["run"], state=state).code == 0


def test_quit_in_the_middle_come_back_and_go_on(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, GATE, LAST)
    with given.a_cluster(tmp_path) as world:
        with led_on(world, checklist, state) as terminal:
            terminal.wait_for("▶ Wait at the gate", "PODS 15 well")
            when.wait_until(lambda: trace(tmp_path) == ["came"])
            terminal.press("q")
            terminal.wait_for("1 step is running", "Commands go on without this screen")
            terminal.press("n")
            terminal.wait_gone("Commands go on without")
            terminal.press("q")
            terminal.wait_for("1 step is running")
            terminal.press("y")
            assert terminal.wait_end() == 1
            assert b"is unfinished. Still running: Wait at the gate." in terminal.raw

        with led_on(world, checklist, state) as terminal:
            terminal.wait_for("is unfinished: 0 of 2 settled", "led by Ann", "Resume it?")
            terminal.press("enter")
            terminal.wait_for("▶ Wait at the gate", "PODS 15 well")
            (tmp_path / "open").touch()
            terminal.wait_for("✔ Wait at the gate", "◆ The last word")
            assert trace(tmp_path) == ["came", "went"]
            steady(terminal)
            terminal.press("space")
            terminal.wait_for("2/2", "done")
            terminal.press("q")
            assert terminal.wait_end() == 0
    listed = json.loads(when.cockpit("runs", "--json", state=state).out)
    assert [one["result"] for one in listed] == ["done"]


def test_a_resume_that_is_declined_begins_anew(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID)
    for resumes in (False, True):
        with cockpit("run", checklist, state=state) as terminal:
            if resumes:
                terminal.wait_for("Resume it?")
                terminal.press("n")
            terminal.wait_for("◆ Everybody knows")
            terminal.press("q", "q")
            terminal.wait_end()
    assert len(json.loads(when.cockpit("runs", "--json", state=state).out)) == 2


def test_a_lost_terminal_ends_the_screen_and_not_the_step(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, GATE)
    with cockpit("run", checklist, state=state) as terminal:
        terminal.wait_for("▶ Wait at the gate")
        when.wait_until(lambda: trace(tmp_path) == ["came"])
        terminal.hang_up()
        terminal.wait_end()
    (tmp_path / "open").touch()
    when.wait_until(lambda: trace(tmp_path) == ["came", "went"])
    (run,) = (one["run"] for one in json.loads(when.cockpit("runs", "--json", state=state).out))
    assert when.cockpit("run", "--headless", "--resume", run, state=state).code == 0
    assert trace(tmp_path) == ["came", "went"]


def test_a_lost_terminal_ends_a_cockpit_that_another_program_has_started_and_waits_for(
    state: Path, tmp_path: Path
) -> None:
    checklist = given.a_checklist(tmp_path, SAID)
    waiting = 'trap "" HUP; "$@"; echo $? > ended'
    command = ["/bin/sh", "-c", waiting, "sh", str(when.PROGRAM), "run", str(checklist)]
    with Terminal(command, env=when.environment(state), cwd=state.parent) as terminal:
        terminal.wait_for("◆ Everybody knows")
        terminal.hang_up()
        terminal.wait_end()
    assert (state.parent / "ended").read_text().strip() == "1"


def test_a_watcher_sees_the_same_and_has_no_acts(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID, LAST)
    with given.a_cluster(tmp_path) as world, led_on(world, checklist, state) as lead:
        lead.wait_for("◆ Everybody knows", "sign off", "PODS 15 well")
        with cockpit(
            "watch", "--layout", "cockpit", "--kubeconfig", world.viewer_kubeconfig, state=state
        ) as watcher:
            watcher.wait_for("◆ Everybody knows", "waiting for a person", "PODS 15 well", "WATCHING")
            for act in ("sign", "not applicable", "skip", "retry", "cancel", "pause"):
                assert act not in watcher.lines[-1]
            steady(watcher)
            watcher.press("space", "n", "s", "r", "x", "X", "D", "p", "enter")
            watcher.read_for(0.5)
            assert "◆ Everybody knows" in watcher.text
            assert "Nothing is signed yet" in watcher.text

            steady(lead)
            lead.press("space")
            lead.wait_for("✔ Everybody knows")
            watcher.wait_for("✔ Everybody knows", "✎ Ann Everybody knows", "◆ The last word")

            watcher.press("ctrl+r")
            watcher.read_for(0.5)
            assert "type rollback" not in watcher.text
            watcher.press("escape", "q")
            assert watcher.wait_end() == 0
        lead.press("q", "q")
        assert lead.wait_end() == 1


def test_24_lines_of_80_are_enough_and_less_says_so(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID, LAST)
    with given.a_cluster(tmp_path) as world, led_on(world, checklist, state, columns=80, rows=24) as terminal:
        terminal.wait_for("◆ Everybody knows", "space sign off", "? keys")
        terminal.press("2")
        terminal.wait_for("alfred-bot", "Running")
        terminal.press("1")
        terminal.wait_for("◆ Everybody knows")

        terminal.resize(30, 8)
        terminal.wait_for("This terminal has 30×8 cells")
        terminal.press("space", "n", "s", "x", "ctrl+r")
        terminal.resize(120, 40)
        terminal.wait_for("◆ Everybody knows", "PODS 15 well", "Nothing is signed yet")
        terminal.resize(80, 24)
        terminal.wait_gone("SIGN-OFFS")
        steady(terminal)
        terminal.press("space")
        terminal.wait_for("✔ Everybody knows")
        terminal.press("ctrl+r")
        terminal.wait_for("This checklist has")
        terminal.press("q", "q")
        terminal.wait_end()


def test_what_a_command_writes_is_text_whatever_is_in_it(state: Path, tmp_path: Path) -> None:
    (tmp_path / "hostile").write_bytes(
        b"[bold red]not markup[/]\n\x1b]0;title taken\x07\x1b[2J\x1b[31mred\x9b31m\xff\n\x1b[?1049lend\n"
    )
    checklist = given.a_checklist(tmp_path, "id: shown, title: '[red]A title[/red]', run: cat hostile", LAST)
    with cockpit("run", checklist, state=state) as terminal:
        terminal.wait_for("✔ [red]A title[/red]", "◆ The last word")
        terminal.press("up")
        terminal.wait_for("[bold red]not markup[/]")
        for order in (b"title taken\x07", b"\x1b[?1049lend", b"\x1b]0;title"):
            assert order not in terminal.raw
        terminal.press("q", "q")
        terminal.wait_end()


def test_what_hinders_the_screen_is_said_on_it_or_after_it(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID)
    with cockpit("run", "nowhere.yaml", state=state) as terminal:
        assert terminal.wait_end() == 2
        assert b"no shipped checklist" in terminal.raw
    with cockpit("run", checklist, "--layout", "nowhere", state=state) as terminal:
        assert terminal.wait_end() == 2
        assert b"no shipped layout" in terminal.raw
    with cockpit("run", checklist, "--state-dir", "/proc/alfred", state=state) as terminal:
        assert terminal.wait_end() == 1
        assert b"could not be made" in terminal.raw
    with cockpit("run", checklist, "--kubeconfig", given.a_kubeconfig(tmp_path), state=state) as terminal:
        terminal.wait_for("◆ Everybody knows", "127.0.0.1:9", seconds=40)
        steady(terminal)
        terminal.press("space")
        terminal.wait_for("✔ Everybody knows", "done")
        terminal.press("q")
        assert terminal.wait_end() == 0


def test_a_value_that_the_command_line_names_is_not_asked_for(state: Path, tmp_path: Path) -> None:
    asks = "id: asks, title: It asks, run: echo <host> <port> >> trace"
    checklist = given.a_checklist(tmp_path, asks, LAST)
    with cockpit("run", checklist, "--var", "host=db one", state=state) as terminal:
        terminal.wait_for("◆ It asks")
        steady(terminal)
        terminal.press("enter")
        terminal.wait_for("A value for <port>")
        terminal.type("5432")
        terminal.press("enter")
        terminal.wait_for("◆ The last word")
        terminal.press("q", "q")
        terminal.wait_end()
    assert (tmp_path / "trace").read_text() == "db one 5432\n"


def test_help_palette_layouts_and_themes(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID)
    with cockpit("run", checklist, state=state) as terminal:
        terminal.wait_for("◆ Everybody knows")
        terminal.press("?")
        terminal.wait_for("sign off with your name and the time", "every")
        terminal.press("escape")
        terminal.wait_gone("sign off with your name and the time")
        for _ in range(3):
            terminal.press("L")
            terminal.wait_for("Everybody knows")
        for _ in range(3):
            terminal.press("t")
            terminal.wait_for("Everybody knows")
        terminal.press("q")
        terminal.wait_for("The run is not over")
        terminal.press("q")
        terminal.wait_end()


MANY = tuple(f"id: step-{n}, title: Step {n}, run: sleep 0.1" for n in range(80))
"""Each draws the screen: more than thirty writes, which is what Textual lets lie."""

NEXT = "id: then, title: What follows, run: touch followed"


def test_a_terminal_that_is_not_read_does_not_hold_up_the_run(state: Path, tmp_path: Path) -> None:
    """As when the network stalls under an SSH session: the run goes on, and the screen comes back whole."""
    checklist = given.a_checklist(tmp_path, SAID, *MANY, NEXT, LAST)
    with given.a_cluster(tmp_path) as world, led_on(world, checklist, state) as terminal:
        terminal.wait_for("◆ Everybody knows", "PODS 15 well")
        steady(terminal)
        terminal.type(" ")
        when.wait_until((tmp_path / "followed").exists, seconds=60)
        terminal.wait_for("◆ The last word", "✔ What follows", "PODS 15 well")


def test_keys_sent_without_a_pause_go_where_they_would_go_one_by_one(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID, LAST)
    with cockpit("run", checklist, "--lead", "Ann", state=state, columns=80, rows=24) as terminal:
        terminal.wait_for("◆ Everybody knows", "sign with a note")
        steady(terminal)
        terminal.type("\rin the channel\thttps://chat/1\r")
        terminal.wait_for("✔ Everybody knows", "◆ The last word")
        steady(terminal)
        terminal.type("\r\x1b[Z-Lee\theard it\r")
        terminal.wait_for("2/2", "done")
        terminal.type("q")
        assert terminal.wait_end() == 0
    steps = when.reported_steps(when.report(state))
    (said,), (last,) = steps["said"]["signatures"], steps["last"]["signatures"]
    assert (said["by"], said["note"]) == ("Ann", "in the channel")
    assert [one["value"] for one in said["evidence"]] == ["https://chat/1"]
    assert (last["by"], last["note"]) == ("Ann-Lee", "heard it")


def test_a_watcher_is_told_when_the_lead_leaves_and_comes_back(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID, LAST)
    with cockpit("run", checklist, "--lead", "Ann", state=state) as lead:
        lead.wait_for("◆ Everybody knows")
        with cockpit("watch", state=state) as watcher:
            watcher.wait_for("WATCHING Ann", "waiting for a person")
            lead.press("q", "y")
            lead.wait_end()
            watcher.wait_for("no lead")
            with cockpit("run", checklist, "--lead", "Bob", state=state) as other:
                other.wait_for("Resume it?")
                other.press("enter")
                other.wait_for("◆ Everybody knows")
                watcher.wait_for("WATCHING Bob", "waiting for a person")
                watcher.wait_gone("no lead")


def test_a_restart_from_the_panel_stands_in_the_report(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID)
    with given.a_cluster(tmp_path) as world, led_on(world, checklist, state) as terminal:
        terminal.wait_for("◆ Everybody knows", "ROLLOUTS 5", "PODS 15 well")
        terminal.press("2", "enter")
        terminal.wait_for("DEPLOYMENT alfred-bot", "HISTORY", "r restart")
        terminal.press("r")
        terminal.wait_for("Restart Deployment alfred-bot in default", "All 3 pods are replaced")
        terminal.type("restart")
        terminal.press("enter")
        terminal.wait_for("restart of Deployment alfred-bot by Ann — done (generation 2)")
        terminal.wait_for("rev 2", "✔ complete", "new 3/3 ready · old 0/0 ready", seconds=60)
        terminal.press("3")
        terminal.press("enter")
        terminal.wait_for("POD alfred-bot-", "CONTAINER alfred-bot", "→ Deployment/alfred-bot")
        terminal.press("y")
        terminal.wait_for("YAML Pod default/alfred-bot-", "kind: Pod")
        terminal.press("escape", "escape", "escape")
        terminal.wait_for("◆ Everybody knows")
        steady(terminal)
        terminal.press("space")
        terminal.wait_for("1/1", "done")
        terminal.press("q")
        assert terminal.wait_end() == 0
    data = when.report(state)
    (act,) = data["acts"]
    assert (act["act"], act["kind"], act["name"], act["by"]) == ("restart", "Deployment", "alfred-bot", "Ann")
    assert act["outcome"]["status"] == "passed"
    assert when.cockpit("verify", data["run"], state=state).code == 0
