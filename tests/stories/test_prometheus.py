"""A Prometheus that wants to know who asks."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.stories import given, when

TOKEN = "s3cr3t-of-prometheus"
ASKS = "id: asks, title: It is asked, query: {promql: vector(1), below: 2}"


class _Guarded(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        let_in = self.headers["Authorization"] == f"Bearer {TOKEN}" and self.path.startswith("/prom/api/")
        answer = {"resultType": "vector", "result": [{"metric": {}, "value": [time.time(), "1"]}]}
        body = json.dumps({"status": "success", "data": answer}).encode() if let_in else b"no"
        self.send_response(200 if let_in else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@contextmanager
def guarded() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Guarded)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/prom/"
    server.shutdown()
    server.server_close()


def test_a_token_from_the_environment_lets_in_and_stands_nowhere(state: Path, tmp_path: Path) -> None:
    checklist = given.a_checklist(tmp_path, ASKS)
    with guarded() as url:
        run = ("run", checklist, "--headless", "--prometheus", url)
        ran = when.cockpit(*run, state=state, PROMETHEUS_TOKEN_COMMAND=f"echo {TOKEN}")
        assert ran.code == 0, ran
        assert TOKEN not in ran.out + ran.err + json.dumps(when.report(state))
        refused = when.cockpit(*run, state=state)
        assert refused.code == 1
        assert "refuses access (401): it wants credentials" in refused.out


def test_no_command_is_given_it_and_none_can_print_it(state: Path, tmp_path: Path) -> None:
    (tmp_path / "print.sh").write_text(f"env | grep -c PROMETHEUS_TOKEN; echo {TOKEN}", encoding="utf-8")
    step = "id: prints, title: A command, run: 'sh print.sh || true', changes: false"
    with guarded() as url:
        run = ("run", given.a_checklist(tmp_path, step), "--headless", "--prometheus", url)
        ran = when.cockpit(*run, "--workdir", tmp_path, state=state, PROMETHEUS_TOKEN=TOKEN)
    assert ran.code == 0, ran
    written = [path.read_bytes() for path in state.rglob("*") if path.is_file()]
    assert not [text for text in written if TOKEN.encode() in text]
    (printed,) = [text for text in written if b"PROMETHEUS Authorization" in text and text.startswith(b"0\n")]
    assert printed.startswith("0\n‹PROMETHEUS Authorization›".encode())


def test_credentials_in_the_address_are_refused_and_not_recorded(state: Path, tmp_path: Path) -> None:
    address = "http://ada:s3cr3t@127.0.0.1:9/"
    ran = when.cockpit(
        "run", given.a_checklist(tmp_path, ASKS), "--headless", "--prometheus", address, state=state
    )
    assert ran.code == 2
    assert "holds credentials, and addresses are recorded" in ran.err
    assert "s3cr3t" not in ran.err
    assert not [path for path in state.rglob("*") if path.is_file() and b"s3cr3t" in path.read_bytes()]


def test_an_answer_that_has_nowhere_to_go_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text('{"metrics": []}', encoding="utf-8")
    for command in ("judge metrics.json", "schema"):
        ended = subprocess.run(
            ["sh", "-c", f'"$0" -m alfred_tui.cli.main {command} >&-', sys.executable],
            cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (ended.returncode, "standard output is closed" in ended.stderr) == (2, True), ended
