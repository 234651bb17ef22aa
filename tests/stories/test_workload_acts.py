"""A lead acts on a workload from its screen: asked in words, done in the cluster, told by the record."""

from pathlib import Path

from alfred_tui.demo.process import DemoEndpoints

from tests.stories import given, when
from tests.stories.terminal import Terminal
from tests.stories.test_terminal import SAID, led_on, steady

SOAK = "rollback: {soak: 2h}\n"
BOT = "deployment/alfred-bot"


def act(terminal: Terminal, key: str, title: str, *, word: str = "", note: str) -> None:
    """Presses the key, reads what will be done, types the word and a note, and confirms."""
    terminal.press(key)
    terminal.wait_for(title)
    if word:
        terminal.type("wrong")
        terminal.press("enter")
        terminal.wait_for(f"Type {word}; nothing has been done.")
        terminal.press(*["\x7f"] * len("wrong"))
        terminal.type(word)
        terminal.press("tab")
    terminal.type(note)
    terminal.press("enter")
    terminal.wait_gone(title)


def test_a_lead_pauses_resumes_and_undoes_and_the_record_names_it(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, SAID, rest=SOAK)
    with given.a_cluster(tmp_path) as world:
        image = "alfred-bot=registry.local/alfred-bot:2.5.0"
        given.kubectl(world, "set", "image", BOT, image)
        given.kubectl(world, "rollout", "status", BOT, "--timeout=60s")
        with led_on(world, checklist, state) as terminal:
            terminal.wait_for("◆ Everybody knows", "PODS 15 well")
            steady(terminal)
            terminal.press("2", "enter")
            terminal.wait_for("DEPLOYMENT alfred-bot", "rev 2", "HISTORY", "2.5.0 now")

            act(terminal, "p", "Pause Deployment alfred-bot in default", note="hold it")
            terminal.wait_for("pause of Deployment alfred-bot by Ann: hold it — done", "p resume")
            assert spec(world, "{.spec.paused}") == "true"
            terminal.press("u")
            terminal.press("down", "u")
            terminal.wait_for("alfred-bot is paused;")

            act(terminal, "p", "Resume Deployment alfred-bot in default", note="go on")
            terminal.wait_for("resume of Deployment alfred-bot by Ann: go on — done", "p pause")
            assert spec(world, "{.spec.paused}") != "true"

            terminal.wait_for("undo to 1")
            act(
                terminal, "u", "Undo Deployment alfred-bot in default to revision 1",
                word="undo", note="back",
            )  # fmt: skip
            terminal.wait_for("undo of Deployment alfred-bot to revision 1 by Ann: back — done", "2.4.0 now")
            assert spec(world, "{.spec.template.spec.containers[0].image}").endswith(":2.4.0")

            terminal.press("escape")
            terminal.wait_for("CHECKLIST")
            terminal.press("1")
            steady(terminal)
            terminal.press("space")
            terminal.wait_for("1/1", "done", "soak")
            terminal.press("2", "enter")
            terminal.wait_for("DEPLOYMENT alfred-bot", "rev 3")
            act(terminal, "r", "Restart Deployment alfred-bot in default", word="restart", note="in the soak")
            terminal.wait_for("restart of Deployment alfred-bot by Ann: in the soak — done")
            terminal.press("escape")
            terminal.wait_for("CHECKLIST")
            terminal.press("q", "q")
            terminal.wait_end()
    data = when.report(state)
    told = [(one["act"], one["by"], one["note"], one["outcome"]["status"]) for one in data["acts"]]
    assert told == [
        ("pause", "Ann", "hold it", "passed"),
        ("resume", "Ann", "go on", "passed"),
        ("undo", "Ann", "back", "passed"),
        ("restart", "Ann", "in the soak", "passed"),
    ]
    written = when.cockpit("report", data["run"], state=state).out
    assert "undo of Deployment alfred-bot to revision 1 by Ann: back" in written
    assert when.cockpit("verify", data["run"], state=state).code == 0


def spec(world: DemoEndpoints, path: str) -> str:
    return given.kubectl(world, "get", BOT, "-o", f"jsonpath={path}")
