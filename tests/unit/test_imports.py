"""What is loaded when: an import graph cannot show that an import is deferred, so a process is asked."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLIENTS = {
    "aiohttp",
    "asyncssh",
    "cryptography",
    "httpx",
    "kubernetes",
    "numpy",
    "pandas",
    "prometheus_api_client",
    "pydantic",
    "requests",
    "urllib3",
}
SCREEN = {"rich", "textual"}

FLOOR = """
import importlib, pkgutil, sys
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    for module in pkgutil.walk_packages(package.__path__, name + "."):
        if not module.name.endswith(".__main__"):
            importlib.import_module(module.name)
print(*sys.modules)
"""

COMMAND = """
import sys
from alfred_tui.cli.main import run
run(sys.argv[1:])
print("", *sys.modules)
"""

FIRST_PAINT = """
import sys
from pathlib import Path
from alfred_tui.cli import screen
from alfred_tui.cli.main import run
from alfred_tui.ui.app import CockpitApp

def painted(app):
    Path(sys.argv[1]).write_text(" ".join(sys.modules))
    app.exit()

screen.require_terminal = lambda: None
CockpitApp._begin_to_open = painted
run(sys.argv[2:])
"""
HEADLESS_DRIVER = "textual.drivers.headless_driver:HeadlessDriver"


def process(program: str, *arguments: str, **environ: str) -> str:
    """What a process of its own prints."""
    said = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert said.returncode == 0, said.stderr
    return said.stdout


def loaded_by(program: str, *arguments: str, **environ: str) -> set[str]:
    """The modules that a process has loaded at the end of `program`, which prints them in its last line."""
    return set(process(program, *arguments, **environ).splitlines()[-1].split())


def roots(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("command", [["--version"], ["--help"]])
def test_a_word_about_itself_loads_neither_screen_nor_client_nor_run(command: list[str]) -> None:
    loaded = loaded_by(COMMAND, *command)
    assert not roots(loaded) & (CLIENTS | SCREEN | {"yaml", "sqlite3", "asyncio"})
    assert "alfred_tui.cli.main" in loaded
    assert not {name for name in loaded if name.startswith(("alfred_tui.engine", "alfred_tui.actions"))}


@pytest.mark.parametrize(
    "command", [["check"], ["schema"], ["runs"], ["run", "--dry-run"], ["demo", "--list"]], ids=" ".join
)
def test_what_needs_no_screen_and_no_cluster_loads_neither(command: list[str], tmp_path: Path) -> None:
    loaded = loaded_by(COMMAND, *command, ALFRED_COCKPIT_STATE=str(tmp_path))
    assert not roots(loaded) & (CLIENTS | SCREEN)


def test_the_pure_floors_load_nothing_that_waits_reads_or_knows_the_time() -> None:
    loaded = loaded_by(FLOOR, "alfred_tui.domain", "alfred_tui.present")
    plain = loaded_by("import msgspec, sys; print(*sys.modules)")
    new = roots(loaded - plain)
    assert "alfred_tui" in new
    assert not new & (CLIENTS | SCREEN | {"asyncio", "logging", "yaml", "sqlite3", "subprocess", "socket"})


@pytest.mark.parametrize(
    "floor", ["headless", "engine", "actions", "cluster", "process", "journal", "documents"]
)
def test_a_floor_under_the_screen_loads_no_screen_and_no_client(floor: str) -> None:
    loaded = loaded_by(FLOOR, f"alfred_tui.{floor}")
    assert f"alfred_tui.{floor}" in loaded
    assert not roots(loaded) & (CLIENTS | SCREEN)


def test_the_screen_loads_no_client_library() -> None:
    loaded = loaded_by(FLOOR, "alfred_tui.ui")
    assert "textual.app" in loaded
    assert not roots(loaded) & (CLIENTS | {"sqlite3", "yaml"})


@pytest.mark.parametrize("command", ["run", "demo"])
def test_the_first_paint_waits_for_no_client_no_checklist_and_no_journal(
    command: str, tmp_path: Path
) -> None:
    seen = tmp_path / "modules"
    process(
        FIRST_PAINT, str(seen), command, TEXTUAL_DRIVER=HEADLESS_DRIVER, ALFRED_COCKPIT_STATE=str(tmp_path)
    )
    loaded = set(seen.read_text().split())
    assert "textual.app" in loaded
    assert not roots(loaded) & (CLIENTS | {"yaml", "sqlite3"})
    assert not {name for name in loaded if name.startswith(("alfred_tui.engine", "alfred_tui.actions"))}
