"""Terraform in the workspace: the real one, the stand-in, and that both tell the same story."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from alfred_tui.demo.scenarios import SCENARIOS
from alfred_tui.demo.workspace import WorkspaceInfo, write_workspace
from alfred_tui.demo.workspace.terraform import usable

from tests.integration.workspace.conftest import Run, copied, runner

FOLDER = "infra/terraform/environments/prod"
REAL_PATH = os.environ["PATH"]
PLAN = ("terraform", "plan", "-input=false", "-no-color", "-out=x.plan", "-detailed-exitcode")


def tools(folder: Path, *names: str) -> str:
    """A PATH with only these programs."""
    folder.mkdir()
    for name in names:
        found = shutil.which(name)
        assert found is not None, name
        (folder / name).symlink_to(found)
    return str(folder)


@pytest.fixture(scope="session")
def written_without_terraform(tmp_path_factory: pytest.TempPathFactory) -> WorkspaceInfo:
    beyond = [
        part
        for part in REAL_PATH.split(os.pathsep)
        if not any((Path(part) / name).exists() for name in ("terraform", "tofu"))
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.pathsep.join(beyond))
        return write_workspace(tmp_path_factory.mktemp("written") / "platform", SCENARIOS["healthy"])


@pytest.fixture
def without_terraform(written_without_terraform: WorkspaceInfo, tmp_path: Path) -> WorkspaceInfo:
    """A workspace written where neither terraform nor tofu is on PATH."""
    return copied(written_without_terraform, tmp_path / "platform")


@pytest.fixture(params=["real", "simulated"])
def terraform(request: pytest.FixtureRequest) -> Run:
    if request.param == "simulated":
        return runner(request.getfixturevalue("without_terraform"), FOLDER)
    workspace: WorkspaceInfo = request.getfixturevalue("workspace")
    if workspace.terraform != "real":
        pytest.skip("terraform 1.4 or later is not installed")
    return runner(workspace, FOLDER)


def counts(output: str) -> list[str]:
    """What the plan would do, as terraform says it."""
    return re.findall(r"Plan: (\d+ to add, \d+ to change, \d+ to destroy)", output)


def test_the_release_adds_one_changes_one_and_destroys_none(terraform: Run) -> None:
    assert terraform("terraform", "init", "-input=false", "-no-color").returncode == 0
    validated = terraform("terraform", "validate", "-json")
    assert json.loads(validated.stdout)["valid"] is True
    planned = terraform(*PLAN)
    assert planned.returncode == 2, planned.stderr
    assert counts(planned.stdout) == ["1 to add, 1 to change, 0 to destroy"]
    shown = json.loads(terraform("terraform", "show", "-json", "x.plan").stdout)
    changes = {
        change["address"]: change["change"]["actions"]
        for change in shown["resource_changes"]
        if change["change"]["actions"] != ["no-op"]
    }
    assert changes == {"terraform_data.cache": ["create"], "terraform_data.queue": ["update"]}
    assert shown["output_changes"]["cache_host"]["actions"] == ["create"]


def test_the_reviewed_plan_is_applied_once(terraform: Run) -> None:
    terraform("terraform", "init", "-input=false", "-no-color")
    assert terraform(*PLAN).returncode == 2
    applied = terraform("terraform", "apply", "-input=false", "-no-color", "x.plan")
    assert "Resources: 1 added, 1 changed, 0 destroyed." in applied.stdout
    again = terraform("terraform", "apply", "-input=false", "-no-color", "x.plan")
    assert again.returncode == 1
    assert "Saved plan is stale" in again.stderr
    after = terraform(*PLAN)
    assert after.returncode == 0
    assert "No changes." in after.stdout


def test_state_and_outputs_are_those_of_the_configuration(terraform: Run) -> None:
    terraform("terraform", "init", "-input=false", "-no-color")
    listed = terraform("terraform", "state", "list").stdout
    assert re.findall(r"(?m)^[\w-]+\.\S+$", listed) == [
        "terraform_data.database",
        "terraform_data.ingress",
        "terraform_data.network",
        "terraform_data.queue",
    ]
    terraform("terraform", "apply", "-input=false", "-no-color", "-auto-approve")
    assert "terraform_data.cache\n" in terraform("terraform", "state", "list").stdout
    values = json.loads(terraform("terraform", "output", "-json").stdout)
    assert {name: one["value"] for name, one in values.items()} == {
        "ingress_host": "alfred.example.com",
        "database_host": "db.internal",
        "queue_name": "alfred-tasks",
        "cache_host": "cache.internal",
    }
    assert 'cache_host = "cache.internal"' in terraform("terraform", "output", "-no-color").stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_one_resource_goes_back_to_the_previous_release(terraform: Run) -> None:
    terraform("terraform", "init", "-input=false", "-no-color")
    terraform("terraform", "apply", "-input=false", "-no-color", "-auto-approve")
    assert terraform("git", "checkout", "--quiet", "v2.4.0", "--", "main.tf.json").returncode == 0
    planned = terraform(*PLAN[:-2], "-target=terraform_data.queue", "-out", "rollback.plan")
    assert counts(planned.stdout) == ["0 to add, 1 to change, 0 to destroy"]
    applied = terraform("terraform", "apply", "-input=false", "-no-color", "rollback.plan")
    assert "Resources: 0 added, 1 changed, 0 destroyed." in applied.stdout
    assert counts(terraform(*PLAN).stdout) == ["0 to add, 0 to change, 1 to destroy"]


def test_a_plan_that_is_none_is_refused(terraform: Run) -> None:
    terraform("terraform", "init", "-input=false", "-no-color")
    for name in ("missing.plan", "main.tf.json"):
        refused = terraform("terraform", "apply", "-input=false", "-no-color", name)
        assert refused.returncode == 1
        assert "Error: Failed to " in refused.stderr
        assert "Traceback" not in refused.stderr


def test_every_output_of_the_stand_in_says_that_it_is_one(without_terraform: WorkspaceInfo) -> None:
    assert without_terraform.terraform == "simulated"
    assert without_terraform.path_dirs == (without_terraform.folder / ".bin",)
    run = runner(without_terraform, FOLDER)
    run(*PLAN)
    for command in (
        ("version",),
        ("init",),
        ("validate",),
        ("validate", "-json"),
        ("plan",),
        ("show", "x.plan"),
        ("show", "-json", "x.plan"),
        ("apply", "x.plan"),
        ("state", "list"),
        ("output",),
        ("output", "-json"),
        ("nonsense",),
    ):
        done = run("terraform", *command)
        assert "simulated terraform" in done.stdout + done.stderr, command


def test_the_stand_in_asks_nobody_and_applies_nothing_unreviewed(without_terraform: WorkspaceInfo) -> None:
    run = runner(without_terraform, FOLDER)
    state = without_terraform.folder / FOLDER / "terraform.tfstate"
    before = state.read_bytes()
    refused = run("terraform", "apply", "-input=false")
    assert refused.returncode == 1
    assert "pass -auto-approve" in refused.stderr
    run(*PLAN)
    plan = without_terraform.folder / FOLDER / "x.plan"
    plan.write_text(plan.read_text(encoding="utf-8").replace("512", "1024"), encoding="utf-8")
    changed = run("terraform", "apply", "x.plan")
    assert changed.returncode == 1
    assert "was changed after it was made" in changed.stderr
    assert state.read_bytes() == before


@pytest.mark.skipif(not usable("terraform"), reason="terraform 1.4 or later is not installed")
def test_a_real_terraform_goes_on_where_the_stand_in_stopped(without_terraform: WorkspaceInfo) -> None:
    runner(without_terraform, FOLDER)("terraform", "apply", "-auto-approve")
    real = shutil.which("terraform", path=REAL_PATH)
    assert real is not None
    planned = runner(without_terraform, FOLDER)(real, *PLAN[1:])
    assert planned.returncode == 0, planned.stdout + planned.stderr
    assert "No changes." in planned.stdout


def test_only_tofu_is_called_by_the_name_of_terraform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tools(tmp_path / "tools", "sh", "dirname")
    tofu = Path(path) / "tofu"
    tofu.write_text('#!/bin/sh\necho "{\\"terraform_version\\": \\"1.8.0\\", \\"asked\\": \\"$*\\"}"\n')
    tofu.chmod(0o755)
    monkeypatch.setenv("PATH", path)
    info = write_workspace(tmp_path / "platform", SCENARIOS["healthy"])
    assert info.terraform == "real"
    done = runner(info, FOLDER)("terraform", "version", "-json")
    assert json.loads(done.stdout)["asked"] == "version -json"


@pytest.mark.parametrize(
    "answer", ['{"terraform_version": "1.3.9"}', "not json", "{}", '{"terraform_version": 1}']
)
def test_a_terraform_that_is_too_old_or_broken_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    path = tools(tmp_path / "tools", "sh", "cat")
    (tmp_path / "answer").write_text(answer, encoding="utf-8")
    program = Path(path) / "terraform"
    program.write_text(f"#!/bin/sh\ncat {tmp_path / 'answer'}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", path)
    assert write_workspace(tmp_path / "platform", SCENARIOS["healthy"]).terraform == "simulated"
