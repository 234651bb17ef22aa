"""What durability costs: steps against a bash loop and against ansible, much output against `cat`.

Ansible is taken from ALFRED_BENCH_ANSIBLE (its `ansible-playbook`) or PATH, else installed into a throwaway
environment where pip can. Other work on the machine only ever makes a figure worse, so the best round counts.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment
from alfred_tui.actions.registry import performers
from alfred_tui.domain.command import CommandSpec
from alfred_tui.domain.run.folding import begin
from alfred_tui.engine.engine import Engine
from alfred_tui.journal import RunFolder
from alfred_tui.process import find, launch, shell_argv

from tests.bench.journal import STARTED, checklist
from tests.bench.rollback import Measurement

_STEPS = 200
_TASKS = 40
_MUCH = 1_000_000_000
_ROUNDS = 3


async def run_steps(folder: Path, steps: int) -> float:
    """Seconds for so many steps of `true`, each supervised, journalled and judged."""
    run = RunFolder.create(folder, f"run-{time.time_ns()}")
    document = checklist(steps)
    journal = run.create_journal(document)
    clock = Clock()
    (entry,) = await journal.append([STARTED], clock.now())
    environ = {"PATH": os.environ["PATH"]}
    engine = Engine(
        begin(document, entry),
        journal,
        Equipment(clock=clock, workdir=folder, environ=environ),
        performers(),
        attempt_folder=run.attempt,
    )
    ended = asyncio.Event()
    engine.subscribe(lambda state, entries: ended.set() if state.result else None)
    began = time.perf_counter()
    driving = asyncio.create_task(engine.run())
    await ended.wait()
    took = time.perf_counter() - began
    engine.close()
    await driving
    journal.close()
    assert engine.state.result == "done"
    return took


def run_bash(steps: int) -> float:
    """Seconds for the same in a loop of bash, each step a shell of its own."""
    loop = f"for i in $(seq {steps}); do bash -c 'set -euo pipefail; true'; done"
    return _timed(["bash", "-c", loop])


def run_ansible(playbook: str, folder: Path, tasks: int) -> float:
    """Seconds a step of ansible's `shell` on localhost, its own start taken off."""

    def seconds(count: int) -> float:
        task = {"ansible.builtin.shell": "true"}
        play = {
            "hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task] * count,
            "vars": {"ansible_python_interpreter": sys.executable},
        }  # fmt: skip
        path = folder / f"play-{count}.json"
        path.write_text(json.dumps([play]))
        environ = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8",
            "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
        }  # fmt: skip
        return _timed([playbook, "-i", "localhost,", str(path)], environ)

    return (seconds(tasks + 1) - seconds(1)) / tasks


def _timed(command: list[str], environ: dict[str, str] | None = None) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began


def ansible(folder: Path) -> str:
    """The path of ansible-playbook; empty where there is none and none can be installed."""
    if given := os.environ.get("ALFRED_BENCH_ANSIBLE") or shutil.which("ansible-playbook"):
        return given
    try:
        _timed([sys.executable, "-m", "venv", str(folder / "ansible")])
        _timed([str(folder / "ansible/bin/pip"), "install", "--quiet", "ansible-core"])
    except (OSError, subprocess.CalledProcessError):
        return ""
    return str(folder / "ansible/bin/ansible-playbook")


async def stepping(folder: Path) -> list[Measurement]:
    """Steps of `true`, side by side, the best of three rounds."""
    ours, bash = [], []
    for _ in range(_ROUNDS):
        bash.append(run_bash(_STEPS) / _STEPS * 1000)
        ours.append(await run_steps(folder, _STEPS) / _STEPS * 1000)
    mine, theirs = min(ours), min(bash)
    found = [
        Measurement("a durable step of `true`", mine, "ms"),
        Measurement("a step of a bash loop", theirs, "ms"),
        Measurement("a durable step over bash", mine - theirs, "ms", most=30.0),
    ]
    playbook = ansible(folder)
    if playbook:
        each = run_ansible(playbook, folder, _TASKS) * 1000
        found.append(Measurement("a step of ansible's shell on localhost", each, "ms"))
        found.append(Measurement("times faster than ansible", each / mine, "×", least=10.0))
    return found


async def spool_much(folder: Path) -> tuple[float, float]:
    """Seconds for a step that prints 1 GB, and the supervisor's and our own peak memory in MB."""
    command = f"yes 'a line of ordinary output, as long as they often are' | head -c {_MUCH}"
    environ = {"PATH": os.environ["PATH"]}
    spec = CommandSpec(argv=shell_argv(f"set +o pipefail; {command}"), cwd=str(folder), env=environ)
    before = peak(os.getpid())
    began = time.perf_counter()
    running = await launch(folder / "much", spec)
    supervisor = json.loads((folder / "much/state.json").read_text())["pid"]
    highest = 0.0
    waiting = asyncio.create_task(running.wait())
    while not waiting.done():
        highest = max(highest, peak(supervisor))
        await asyncio.wait({waiting}, timeout=0.05)
    took = time.perf_counter() - began
    result = waiting.result()
    assert result.output == _MUCH, (result, find(folder / "much"))
    return took, highest + peak(os.getpid()) - before


def peak(pid: int) -> float:
    """The most memory that a process has had so far, in MB; 0 when it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1000 for line in text.splitlines() if line.startswith("VmHWM")), 0.0)


async def printing(folder: Path) -> list[Measurement]:
    """1 GB through a step's spool and through `cat` to a file, the better of two each."""
    command = f"yes 'a line of ordinary output, as long as they often are' | head -c {_MUCH} | cat"

    def cat() -> float:
        took = _timed(["bash", "-c", f"{command} > {folder}/cat; sync {folder}/cat"])
        (folder / "cat").unlink()
        return took

    async def ours() -> tuple[float, float]:
        took = await spool_much(folder)
        shutil.rmtree(folder / "much")
        return took

    pairs = [(cat(), await ours()) for _ in range(2)]
    best_cat, (best, memory) = min(one for one, _ in pairs), min(one for _, one in pairs)
    return [
        Measurement("1 GB by `cat` to a file", best_cat, "s"),
        Measurement("1 GB printed by a step", best, "s"),
        Measurement("a step's output against `cat`", best_cat / best, "×", least=0.3),
        Measurement("peak memory for it", memory, "MB", most=120.0),
    ]


async def measurements() -> list[Measurement]:
    """All of them."""
    with tempfile.TemporaryDirectory(prefix="alfred-bench-", ignore_cleanup_errors=True) as name:
        return [*await stepping(Path(name)), *await printing(Path(name))]
