"""What the workspace holds, and what its make targets say of it."""

import json
import shutil
import time
from pathlib import Path

import pytest
import yaml
from alfred_tui.demo.scenarios import CANARY, RELEASE, SCENARIOS
from alfred_tui.demo.workspace import WorkspaceError, WorkspaceInfo, write_workspace

from tests.integration.workspace.conftest import Run

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@needs_make
@pytest.mark.parametrize(
    "target", ["test-unit", "test-integration", "test-e2e", "coverage", "lint", "format"]
)
def test_every_target_passes_quickly(run: Run, target: str) -> None:
    began = time.monotonic()
    done = run("make", target)
    assert done.returncode == 0, done.stdout + done.stderr
    assert time.monotonic() - began < 5


@needs_make
def test_the_unit_tests_measure_their_coverage(run: Run, workspace: WorkspaceInfo) -> None:
    done = run("make", "test-unit")
    report = json.loads((workspace.folder / "coverage.json").read_text(encoding="utf-8"))
    totals = report["totals"]
    assert 80 < totals["percent_covered"] < 100
    assert totals["covered_lines"] + totals["missing_lines"] == totals["num_statements"]
    assert f"coverage {totals['percent_covered']:.1f}%" in done.stdout
    tax = report["files"]["alfred_platform/tax.py"]
    source = (workspace.folder / "alfred_platform" / "tax.py").read_text(encoding="utf-8").splitlines()
    ran = {source[line - 1].strip() for line in tax["executed_lines"]}
    assert 'return Tax(amount, 0, "exempt")' in ran


@needs_make
def test_a_test_that_is_taken_away_shows_in_the_coverage(run: Run, workspace: WorkspaceInfo) -> None:
    for name in ("test_tax.py", "test_bot.py"):
        (workspace.folder / "tests" / "unit" / name).unlink()
    assert run("make", "test-unit").returncode == 0
    report = json.loads((workspace.folder / "coverage.json").read_text(encoding="utf-8"))
    assert report["totals"]["percent_covered"] < 80


@needs_make
def test_a_broken_module_fails_its_tests(run: Run, workspace: WorkspaceInfo) -> None:
    module = workspace.folder / "alfred_platform" / "tax.py"
    module.write_text(module.read_text(encoding="utf-8").replace("+ 5000", "+ 4000"), encoding="utf-8")
    done = run("make", "test-unit")
    assert done.returncode != 0
    assert "FAIL: test_rounds_half_up" in done.stderr


@needs_make
def test_lint_and_format_name_the_line(run: Run, workspace: WorkspaceInfo) -> None:
    module = workspace.folder / "alfred_platform" / "tax.py"
    before = module.read_text(encoding="utf-8") + "import os \n"
    module.write_text(before, encoding="utf-8")
    line = before.count("\n")
    linted, formatted = run("make", "lint"), run("make", "format")
    assert linted.returncode != 0
    assert f"alfred_platform/tax.py:{line}: os is imported and not used" in linted.stdout
    assert formatted.returncode != 0
    assert f"alfred_platform/tax.py:{line}: space at the end of the line" in formatted.stdout
    assert module.read_text(encoding="utf-8") == before


@needs_git
@needs_make
def test_the_repository_is_clean_and_stays_so(run: Run, workspace: WorkspaceInfo) -> None:
    for command in (
        ("make", "test-unit", "test-integration", "test-e2e", "lint", "format"),
        ("./scripts/backup-database.sh", "one"),
        ("./scripts/migrate-database.sh",),
    ):
        assert run(*command).returncode == 0
    assert run("git", "status", "--porcelain").stdout == ""
    assert run("git", "diff", "--exit-code", "--stat").returncode == 0
    assert run("git", "ls-files", "--unmerged").stdout == ""
    assert run("git", "grep", "--line-number", "--extended-regexp", "^[<>]{7} ").returncode == 1


@needs_git
def test_the_history_has_both_releases_by_one_author(run: Run, workspace: WorkspaceInfo) -> None:
    assert workspace.git
    log = run("git", "log", "--format=%an <%ae> %s").stdout.splitlines()
    assert log == [
        f"Alfred Demo <demo@localhost> Release {RELEASE}",
        "Alfred Demo <demo@localhost> Release 2.4.0",
    ]
    assert run("git", "tag").stdout.split() == ["v2.4.0", f"v{RELEASE}"]
    changed = run("git", "diff", "--name-only", "v2.4.0").stdout.split()
    assert "infra/k8s/overlays/prod/kustomization.yaml" in changed
    assert f"docs/releases/{RELEASE}.md" in changed


@needs_git
def test_the_users_own_git_settings_have_no_part_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[commit]\n\tgpgsign = true\n[user]\n\tname = Somebody Else\n[core]\n\thooksPath = /nonexistent\n"
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Nobody")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert write_workspace(tmp_path / "platform", SCENARIOS["healthy"]).git
    assert (tmp_path / "platform" / ".git").is_dir()


def test_without_git_the_files_are_written_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    info = write_workspace(tmp_path / "platform", SCENARIOS["healthy"])
    assert not info.git
    assert (info.folder / "docs" / "releases" / f"{RELEASE}.md").is_file()


def test_the_documents_that_checks_look_for_are_there(workspace: WorkspaceInfo) -> None:
    folder = workspace.folder
    for path in (
        ".env.example",
        "docs/database-rollback.md",
        "docs/operations.md",
        "docs/api.md",
        f"docs/releases/{RELEASE}.md",
    ):
        assert (folder / path).read_text(encoding="utf-8").strip(), path
    assert CANARY in (folder / "docs" / "releases" / f"{RELEASE}.md").read_text(encoding="utf-8")
    config = (folder / "infra" / "k8s" / "base" / "platform.yaml").read_text(encoding="utf-8")
    documented = (folder / ".env.example").read_text(encoding="utf-8")
    (settings,) = (obj for obj in yaml.safe_load_all(config) if obj["kind"] == "ConfigMap")
    for name in (*settings["data"], "DATABASE_URL", "OPENAI_API_KEY", "SLACK_BOT_TOKEN"):
        assert f"{name}=" in documented


def test_no_template_is_left_as_one(workspace: WorkspaceInfo) -> None:
    for path in workspace.folder.rglob("*"):
        assert path.suffix != ".in"
        assert not path.name.startswith("dot-")
        if path.suffix in (".yaml", ".py", ".sh", ".md", ".json") and path.is_file():
            assert "@SERVICE@" not in path.read_text(encoding="utf-8")


def test_a_folder_that_is_not_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep", encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"is not empty; name an empty or a new one"):
        write_workspace(tmp_path, SCENARIOS["healthy"])
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="cannot be written to"):
        write_workspace(tmp_path / "file" / "platform", SCENARIOS["healthy"])
