"""What a story begins with: an embedded cluster that outlives the runs on it, checklists, kubeconfigs."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from alfred_tui.demo.process import DemoEndpoints, embedded


@contextmanager
def a_cluster(folder: Path, scenario: str = "healthy", speed: float = 20) -> Iterator[DemoEndpoints]:
    """The embedded cluster in a process of its own, for as long as the block lasts."""
    with asyncio.Runner() as runner:
        serving = embedded(scenario, speed, folder=folder / "cluster")
        world = runner.run(serving.__aenter__())
        try:
            yield world
        finally:
            runner.run(serving.__aexit__(None, None, None))


def kubectl(world: DemoEndpoints, *arguments: str, timeout: float = 60) -> str:
    """What real kubectl says about that cluster."""
    said = subprocess.run(
        ["kubectl", "--kubeconfig", world.kubeconfig, *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(Path(world.workspace).parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert said.returncode == 0, said.stderr
    return said.stdout


def endpoints_file(world: DemoEndpoints, folder: Path) -> Path:
    """Where the cluster is, for another process."""
    path = folder / "endpoints.json"
    path.write_bytes(msgspec.json.encode(world))
    return path


def a_checklist(folder: Path, *steps: str, name: str = "checklist.yaml", rest: str = "") -> Path:
    """A checklist of one section with these steps, each a YAML flow mapping."""
    listed = "".join(f"          - {{{step}}}\n" for step in steps)
    path = folder / name
    path.write_text(
        "version: 1\ntitle: A small release\nphases:\n  - id: only\n    title: Only\n    sections:\n"
        f"      - id: steps\n        title: Steps\n        steps:\n{listed}{rest}",
        encoding="utf-8",
    )
    return path


def attestations(folder: Path, **signed: str) -> Path:
    """A file with what people signed beforehand: step id (`_` for `-`) to name."""
    path = folder / "attestations.yaml"
    lines = [f"{step.replace('_', '-')}: {{by: {name}, note: I looked}}\n" for step, name in signed.items()]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def a_kubeconfig(folder: Path, server: str = "https://127.0.0.1:9") -> Path:
    """A kubeconfig of a cluster that is not there."""
    path = folder / "kubeconfig"
    path.write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: lab\n"
        f'clusters: [{{name: lab, cluster: {{server: "{server}"}}}}]\n'
        "users: [{name: ann, user: {token: none}}]\n"
        "contexts: [{name: lab, context: {cluster: lab, user: ann}}]\n"
    )
    return path
