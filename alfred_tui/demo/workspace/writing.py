"""Writes the workspace: the platform's repository as it stands when the deployment window opens."""

import subprocess
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Literal

import msgspec

from alfred_tui.demo.scenarios import RELEASE, SERVICES, Scenario
from alfred_tui.demo.workspace import terraform
from alfred_tui.demo.workspace.database import APPLIED, write_database
from alfred_tui.demo.workspace.manifests import SEEDED_TAG, files, service_manifest
from alfred_tui.demo.workspace.repository import Repository, git_is_there

TERRAFORM = Path("infra/terraform/environments/prod")
BIN = ".bin"

_NEW_DOCUMENT = Path(f"docs/releases/{RELEASE}.md")
_SERVICE_TEMPLATE = Path("infra/k8s/base/service.yaml.in")


class WorkspaceError(Exception):
    """The workspace cannot be written; the message says where and why."""


class WorkspaceInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What was written."""

    folder: Path
    terraform: Literal["real", "simulated"]
    git: bool
    """Whether it is a git repository: not where git is not installed."""
    path_dirs: tuple[Path, ...]
    """To be put before the others on PATH when its commands run."""


def write_workspace(folder: Path, scenario: Scenario) -> WorkspaceInfo:
    """Writes the repository into `folder`, which must be empty or absent. WorkspaceError when it cannot."""
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise WorkspaceError(
                f"the demo's workspace cannot be written to {folder}: the folder is not empty;"
                " name an empty or a new one"
            )
        return _write(folder, scenario)
    except OSError as error:
        raise WorkspaceError(f"the demo's workspace cannot be written to {folder}: {error}") from error
    except subprocess.SubprocessError as error:
        told = getattr(error, "stderr", None) or b""
        reason = told.decode(errors="replace").strip() or str(error)
        raise WorkspaceError(f"the demo's workspace in {folder} cannot be committed: {reason}") from error


def _write(folder: Path, scenario: Scenario) -> WorkspaceInfo:
    present = dict(_templates())
    previous = {
        path: text
        for path, text in present.items()
        if path != _NEW_DOCUMENT and not (path.suffix == ".sql" and path.stem not in APPLIED)
    }
    previous |= dict(_tree(_package() / "previous", Path()))
    repository = Repository(folder) if git_is_there() else None
    _put(folder, previous)
    terraform.write_state(folder / TERRAFORM / "main.tf.json", folder / TERRAFORM / "terraform.tfstate")
    if repository is not None:
        repository.create()
        repository.commit(f"Release {SEEDED_TAG}", f"v{SEEDED_TAG}")
    _put(folder, {path: text for path, text in present.items() if previous.get(path) != text})
    if repository is not None:
        repository.commit(f"Release {RELEASE}", f"v{RELEASE}")
    migrations = files() / "db" / "migrations"
    write_database(folder / "data" / "alfred.db", migrations, duplicate_email=scenario.migration_fails)
    chosen = terraform.choose()
    if chosen.script is not None:
        script = (_package() / "standin" / chosen.script).read_text(encoding="utf-8")
        _put(folder, {Path(BIN) / "terraform": script})
        (folder / BIN / "terraform").chmod(0o755)
    return WorkspaceInfo(
        folder=folder,
        terraform=chosen.kind,
        git=repository is not None,
        path_dirs=() if chosen.script is None else (folder / BIN,),
    )


def _package() -> Traversable:
    return resources.files("alfred_tui.demo.workspace")


def _templates() -> Iterator[tuple[Path, str]]:
    """Every file of the present release by its path in the workspace."""
    for path, text in _tree(files(), Path()):
        if path == _SERVICE_TEMPLATE:
            for service in SERVICES:
                yield path.with_name(f"{service}.yaml"), service_manifest(service)
        else:
            yield _named(path), text


def _tree(folder: Traversable, place: Path) -> Iterator[tuple[Path, str]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            yield from _tree(item, place / item.name)
        else:
            yield place / item.name, item.read_text(encoding="utf-8")


def _named(path: Path) -> Path:
    """`.in` keeps tools from reading a template as code of this package; `dot-` stands for a hidden file."""
    name = path.name.removesuffix(".in")
    if name.startswith("dot-"):
        name = "." + name.removeprefix("dot-")
    return path.with_name(name)


def _put(folder: Path, written: dict[Path, str]) -> None:
    for path, text in written.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if target.suffix == ".sh":
            target.chmod(0o755)
