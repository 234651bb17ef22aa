"""A written workspace for each test, and its commands run as a person would."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from alfred_tui.demo.scenarios import SCENARIOS
from alfred_tui.demo.workspace import WorkspaceInfo, write_workspace

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> WorkspaceInfo:
    """Written once, to be copied: it takes a quarter of a second."""
    return write_workspace(tmp_path_factory.mktemp("written") / "platform", SCENARIOS["healthy"])


@pytest.fixture
def workspace(written: WorkspaceInfo, tmp_path: Path) -> WorkspaceInfo:
    return copied(written, tmp_path / "platform")


def copied(written: WorkspaceInfo, folder: Path) -> WorkspaceInfo:
    shutil.copytree(written.folder, folder)
    path_dirs = tuple(folder / path.relative_to(written.folder) for path in written.path_dirs)
    return msgspec.structs.replace(written, folder=folder, path_dirs=path_dirs)


@pytest.fixture
def run(workspace: WorkspaceInfo) -> Run:
    return runner(workspace)


def runner(workspace: WorkspaceInfo, folder: str = ".") -> Run:
    """Runs a command in the workspace with its PATH; no input, at most 30 seconds."""

    def perform(*command: str) -> "subprocess.CompletedProcess[str]":
        path = os.pathsep.join([*map(str, workspace.path_dirs), os.environ["PATH"]])
        environ = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        environ |= {"PATH": path, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}
        return subprocess.run(
            command,
            cwd=workspace.folder / folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=30,
        )

    return perform
