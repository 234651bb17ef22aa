"""The command that goes on with a run, pasted into any shell, goes on with exactly that run."""

import shlex
from pathlib import Path

import pytest
from alfred_tui.cli.options import Options
from alfred_tui.cli.resuming import as_begun, headless_words, layout_word, resume_command, same_target
from alfred_tui.cli.run import _offer
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Checklist, Step
from alfred_tui.domain.errors import Usage
from alfred_tui.domain.run.events import RollbackStarted, RunStarted
from alfred_tui.journal import RunFolder
from msgspec.structs import replace

PROD = Target(
    context="prod", namespace="shop", server="https://prod", fingerprint="f", kubeconfig=("/etc/kube",)
)
STARTED = RunStarted(
    run="r1", title="T", digest="d", lead="ann", host="h", target=PROD, prometheus="http://p", workdir="/srv"
)


def test_it_names_what_was_named_and_quotes_it() -> None:
    options = Options(
        state_dir="/var/my runs", kubeconfig="/etc/kube", context="prod", namespace="shop", lead="Ann O'Hara"
    )
    told = resume_command("r1", options, {}, *headless_words(jsonl=True, attestations="/s/it's.yaml"))
    assert told.startswith("alfred-cockpit run --resume r1 --state-dir '/var/my runs' --kubeconfig /etc/kube")
    assert shlex.split(told)[-6:] == [
        "--lead", "Ann O'Hara", "--headless", "--jsonl", "--attestations", "/s/it's.yaml",
    ]  # fmt: skip


def test_a_state_folder_from_the_environment_is_named() -> None:
    told = resume_command("r1", Options(), {"ALFRED_COCKPIT_STATE": "/var/runs"}, values={"tag": "v 1"})
    assert told == "alfred-cockpit run --resume r1 --state-dir /var/runs --var 'tag=v 1'"


def test_the_platforms_own_state_folder_needs_no_name() -> None:
    assert resume_command("r1", Options(), {}) == "alfred-cockpit run --resume r1"


def test_relative_paths_are_told_so_that_they_hold_in_any_folder() -> None:
    told = shlex.split(resume_command("r1", Options(kubeconfig="kube", workdir="."), {}))
    assert told[-4:] == ["--kubeconfig", str(Path("kube").absolute()), "--workdir", str(Path().absolute())]


def test_a_layout_of_ones_own_is_named_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.yaml").touch()
    assert layout_word("mine.yaml") == str(tmp_path / "mine.yaml")
    assert layout_word("walkthrough") == "walkthrough"


def test_what_is_not_named_is_as_the_run_began() -> None:
    found = as_begun(Options(), STARTED)
    assert (found.kubeconfig, found.context, found.namespace) == ("/etc/kube", "prod", "shop")
    assert (found.prometheus, found.workdir) == ("http://p", "/srv")
    assert as_begun(Options(prometheus="http://other"), STARTED).prometheus == "http://other"


def test_a_demos_run_cannot_be_gone_on_with() -> None:
    with pytest.raises(Usage, match="its cluster ended with it"):
        as_begun(Options(), replace(STARTED, mode="demo"))


@pytest.mark.parametrize(
    "now", [None, replace(PROD, fingerprint="another"), replace(PROD, namespace="default")]
)
def test_another_cluster_or_namespace_is_refused(now: Target | None) -> None:
    with pytest.raises(Usage, match="The run began on prod / shop"):
        same_target(STARTED, now)


def test_the_same_is_not() -> None:
    same_target(STARTED, PROD)


async def test_a_run_that_is_offered_says_that_it_stands_in_a_rollback(tmp_path: Path) -> None:
    stop = Step(id="stop", title="Stop", action=Run(command="true"))
    back = RollbackStarted(procedure="db", title="Database Rollback", steps=(stop,), by="ann")
    begun = RunStarted(run="r", title="T", digest="d1", lead="ann", host="h")
    journal = RunFolder.create(tmp_path, "20260101-0000-aaaa").create_journal(Checklist(title="T", phases=()))
    await journal.append([begun, back], 100.0)
    journal.close()
    run, told = _offer("d1", Options(state_dir=str(tmp_path)))
    assert run == "20260101-0000-aaaa"
    assert told.endswith("led by ann. It is in the middle of a rollback (Database Rollback, 0 of 1).")
