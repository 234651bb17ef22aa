"""The live cluster at ten thousand pods: the first list, the whole way to the screen, and five hundred
changes a second; each beside what the official client and kubectl need for the same bytes."""

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.cluster_bodies import NAMESPACE
from tests.bench.rollback import Measurement
from tests.bench.screen import Pty, _cpu, _status

_COCKPIT = (sys.executable, "-m", "alfred_tui.cli.main", "run", "--new")
_ROUNDS = 3
_CURSOR = b"48;2;52;64;95m"
"""The background of the row under the cursor in the panel that has the keys."""
_KEYS, _MARKS = 120, 60


class Api:
    """The server for measurements."""

    def __init__(self, folder: Path) -> None:
        self.kubeconfig = folder / "kubeconfig"
        self.url = json.loads(self.kubeconfig.read_text())["clusters"][0]["cluster"]["server"]

    def get(self, path: str) -> bytes:
        """A body."""
        with urllib.request.urlopen(f"{self.url}{path}", timeout=60) as answer:
            body: bytes = answer.read()
        return body

    def tell(self, **what: object) -> dict[str, float]:
        """Sets the rate of changes or makes a mark."""
        query = urllib.parse.urlencode(what)
        request = urllib.request.Request(f"{self.url}/bench?{query}", method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, float] = json.loads(answer.read())
        return found

    def let_go(self) -> None:
        """Removes the Lease that a killed lead leaves: the next one would have to wait for its end."""
        url = f"{self.url}/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
        urllib.request.urlopen(urllib.request.Request(url, method="DELETE"), timeout=60).close()

    def save_pages(self, folder: Path) -> None:
        """Writes the pages of the pod list, as they are sent."""
        token, number = "", 0
        while True:
            more = f"&continue={urllib.parse.quote(token)}" if token else ""
            body = self.get(f"/api/v1/namespaces/{NAMESPACE}/pods?limit=500{more}")
            (folder / f"page-{number:03}.json").write_bytes(body)
            token, number = json.loads(body)["metadata"].get("continue", ""), number + 1
            if not token:
                return


@contextmanager
def serving(folder: Path, pods: int, nodes: int) -> Iterator[Api]:
    """The server, with so many pods and nodes."""
    folder.mkdir()
    command = (sys.executable, "-m", "tests.bench.cluster_server", str(folder), str(pods), str(nodes))
    process = subprocess.Popen(command, stdin=subprocess.PIPE)
    try:
        end = time.perf_counter() + 120
        while not (folder / "kubeconfig").exists():
            assert process.poll() is None, "the server did not start"
            assert time.perf_counter() < end, "the server was not ready in time"
            time.sleep(0.05)
        yield Api(folder)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def cockpit(api: Api, folder: Path) -> Pty:
    """The cockpit over it, in an empty workspace."""
    work = folder / "work"
    work.mkdir(exist_ok=True)
    api.let_go()
    command = (*_COCKPIT, "--kubeconfig", str(api.kubeconfig), "--workdir", str(work))
    return Pty(command, folder / f"state-{time.monotonic_ns()}")


def shown(pods: int) -> bytes:
    """What the title of the panel says when all of them are there."""
    return f" {pods} well".encode()


def _listed(who: str, folder: Path) -> dict[str, float]:
    done = subprocess.run(
        (sys.executable, "-m", "tests.bench.listing", who, str(folder)), capture_output=True, check=True
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def listing(folder: Path) -> list[Measurement]:
    """The same bytes into what is shown, and into the official client's typed objects."""
    ours = [_listed("ours", folder) for _ in range(_ROUNDS)]
    seconds, mb = (statistics.median(one[key] for one in ours) for key in ("seconds", "mb"))
    official = _listed("official", folder)
    return [
        Measurement("first list into view models", seconds * 1000, "ms of CPU"),
        Measurement("the official client's typed list of them", official["seconds"] * 1000, "ms of CPU"),
        Measurement("typed list against ours, time", official["seconds"] / seconds, "×", least=40),
        Measurement("first list, memory", mb, "MB"),
        Measurement("typed list against ours, memory", official["mb"] / max(mb, 1.0), "×", least=5),
    ]


def _kubectl(api: Api) -> tuple[float, float]:
    began = time.perf_counter()
    command = ("kubectl", "--kubeconfig", str(api.kubeconfig), "get", "pods", "-A")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, "kubectl could not list"
    return time.perf_counter() - began, used.ru_maxrss / 1024


def _screen(api: Api, folder: Path, pods: int) -> tuple[float, float]:
    program = cockpit(api, folder)
    try:
        return program.until(shown(pods), 60), _status(program.pid, "VmHWM") / 1024
    finally:
        program.kill()


def whole(api: Api, folder: Path, pods: int) -> list[Measurement]:
    """From exec to the table: the cockpit on a terminal, kubectl into nothing, in turns."""
    _kubectl(api)
    _screen(api, folder, pods)  # both once, so that all bodies are prepared
    theirs, own = [], []
    for _ in range(_ROUNDS):
        theirs.append(_kubectl(api))
        own.append(_screen(api, folder, pods))
    time_, mb = (statistics.median(one[at] for one in own) for at in (0, 1))
    time_theirs, mb_theirs = (statistics.median(one[at] for one in theirs) for at in (0, 1))
    return [
        Measurement("kubectl get pods -A, from exec to its end", time_theirs, "s"),
        Measurement("the cockpit, from exec until all pods are on screen", time_, "s"),
        Measurement("against kubectl, wall", time_ / time_theirs, "×", 0.8),
        Measurement("the cockpit's memory at most until then", mb, "MB"),
        Measurement("against kubectl, memory", mb / mb_theirs, "×", 0.6),
    ]


def _percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(len(times) * share))] * 1000


def _answered(program: Pty, mark: bytes, seconds: float) -> float:
    """The monotonic time at which `mark` came; infinity when it did not."""
    end = time.monotonic() + seconds
    while mark not in program.seen and time.monotonic() < end:
        program.read(0.02)
    return time.monotonic() if mark in program.seen else float("inf")


def changing(api: Api, folder: Path, pods: int) -> list[Measurement]:
    """Five hundred changes a second: the processor, a key to its paint, a change to the screen."""
    program = cockpit(api, folder)
    keys: list[float] = []
    marks: list[float] = []
    try:
        program.until(shown(pods), 60)
        program.read_for(2)
        for _ in range(2):  # to the pods
            os.write(program._fd, b"\t")
            program.read_for(0.5)
        api.tell(rate=500)
        program.read_for(2)
        made = api.tell()["made"]
        used, began = _cpu(program.pid), time.monotonic()
        program.read_for(30)
        took = time.monotonic() - began
        cpu = (_cpu(program.pid) - used) / took * 100
        rate = (api.tell()["made"] - made) / took
        for turn in range(_KEYS):
            program.read_for(0.03 + turn % 7 * 0.01)
            program.seen = b""
            at = time.monotonic()
            os.write(program._fd, b"\x1b[B" if turn % 20 < 10 else b"\x1b[A")
            keys.append(_answered(program, _CURSOR, 2) - at)
        for _ in range(12):  # to the first pod, which the marks are made of
            os.write(program._fd, b"\x1b[A")
        program.read_for(0.5)
        for turn in range(_MARKS):
            program.read_for(0.1 + turn % 7 * 0.01)
            told = f"Mark{turn:03}"
            at = api.tell(mark=told)["at"]
            marks.append(_answered(program, told.encode(), 3) - at)
    finally:
        api.tell(rate=0)
        program.kill()
    return [
        Measurement("changes made", rate, "a second"),
        Measurement("processor at 500 changes a second", cpu, "% of a core", 40),
        Measurement("key press to paint meanwhile, p95", _percentile(keys, 0.95), "ms", 50),
        Measurement("key press to paint meanwhile, p99", _percentile(keys, 0.99), "ms", 100),
        Measurement("change to screen meanwhile, p95", _percentile(marks, 0.95), "ms", 250),
    ]


def growth(folder: Path) -> list[Measurement]:
    """A hundred pods and a thousand."""
    found: list[Measurement] = []
    for pods in (100, 1000):
        own = folder / f"pods-{pods}"
        with serving(own, pods, 50) as api:
            api.save_pages(own)
            listed = _listed("ours", own)
            _screen(api, own, pods)
            rounds = [_screen(api, own, pods) for _ in range(_ROUNDS)]
        seconds, mb = (statistics.median(one[at] for one in rounds) for at in (0, 1))
        found += [
            Measurement(f"{pods} pods: first list into view models", listed["seconds"] * 1000, "ms of CPU"),
            Measurement(f"{pods} pods: from exec until all are on screen", seconds, "s"),
            Measurement(f"{pods} pods: memory at most until then", mb, "MB"),
        ]
    return found


def _all(folder: Path, pods: int = 10_000, nodes: int = 500) -> list[Measurement]:
    own = folder / f"pods-{pods}"
    found: list[Any] = []
    with serving(own, pods, nodes) as api:
        api.save_pages(own)
        found += listing(own)
        found += whole(api, own, pods)
        found += changing(api, own, pods)
    return [*found, *growth(folder)]


async def measurements() -> list[Measurement]:
    """All of them."""
    with tempfile.TemporaryDirectory(prefix="bench-cluster-", ignore_cleanup_errors=True) as name:
        return await asyncio.to_thread(_all, Path(name))
