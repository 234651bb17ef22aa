"""What the connection makes of an API server that answers, refuses, is silent or goes away."""

import asyncio
import json
import sys
import time
from contextlib import aclosing
from pathlib import Path

import pytest
from aiohttp import web
from alfred_tui.cluster.access.connect import APPLY, Connection, describe
from alfred_tui.cluster.access.credentials import (
    PluginCredentials,
    StaticCredentials,
    TokenFile,
    credentials_of,
)
from alfred_tui.cluster.access.errors import (
    Absent,
    Broken,
    ClusterError,
    Conflict,
    Expired,
    Forbidden,
    Gone,
    Invalid,
    Throttled,
    Unreachable,
)
from alfred_tui.cluster.access.exec_plugin import ExecPlugin
from alfred_tui.cluster.access.kubeconfig import Access, Entry, resolve
from alfred_tui.cluster.access.patience import Patience
from alfred_tui.cluster.objects.resources import PODS as PODS_KIND
from alfred_tui.cluster.store.reads import read
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.run.redacted import hiding

from tests.integration.cluster.api import access_to, connected, serve, status

PODS = "/api/v1/namespaces/default/pods"


async def test_bodies_come_as_they_are() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({"path": request.path_qs, "accept": request.headers["Accept"]})

    async with serve(answer) as url, connected(url) as connection:
        got = await connection.get(PODS, {"limit": 500, "watch": False, "labelSelector": "app in (a,b)"})
    said = json.loads(got.body)
    assert said["accept"] == "application/json"
    assert "limit=500" in said["path"]
    assert "watch=false" in said["path"]
    assert got.status == 200


@pytest.mark.parametrize(
    ("code", "kind", "word"),
    [
        (400, Invalid, "invalid"),
        (401, Expired, "expired"),
        (403, Forbidden, "forbidden"),
        (404, Absent, "absent"),
        (409, Conflict, "conflict"),
        (410, Gone, "gone"),
        (422, Invalid, "invalid"),
        (429, Throttled, "throttled"),
        (500, Broken, "error"),
        (503, Broken, "error"),
    ],
)
async def test_a_refusal_is_one_word_and_the_servers_sentence(
    code: int, kind: type[ClusterError], word: str
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return status(code, "Why", 'pods is forbidden: User "u" cannot list resource "pods"')

    async with serve(answer) as url, connected(url) as connection:
        with pytest.raises(kind, match=r'reading pods in default.*User "u" cannot list') as caught:
            await connection.get(PODS)
    assert caught.value.word == word
    assert caught.value.reason == "Why"
    assert caught.value.temporary == (code in (429, 500, 503))


async def test_a_throttled_answer_says_how_long_to_wait() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        refusal = status(429, "TooManyRequests", "slow down")
        refusal.headers["Retry-After"] = "2"
        return refusal

    async with serve(answer) as url, connected(url) as connection:
        with pytest.raises(Throttled) as caught:
            await connection.get(PODS)
    assert caught.value.retry_after == 2.0
    assert "and asks to wait 2 s" in str(caught.value)


async def test_the_fields_of_an_invalid_object_are_kept() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        causes = [{"field": "spec.replicas", "message": "must be positive"}]
        return status(422, "Invalid", "is invalid", details={"causes": causes})

    async with serve(answer) as url, connected(url) as connection:
        with pytest.raises(Invalid) as caught:
            await connection.post(PODS, {})
    assert caught.value.causes == ("spec.replicas: must be positive",)


async def test_a_page_of_some_proxy_is_shown_as_text() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=502, text="<h1>Bad\x1b[31m gateway</h1>")

    async with serve(answer) as url, connected(url) as connection:
        with pytest.raises(Broken, match=r"502: <h1>Bad \[31m gateway</h1>"):
            await connection.get(PODS)


async def test_an_answer_that_is_no_text_is_a_sentence() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        body = b'{"kind":"Status","message":"\xff no","metadata":{"name":"\xff"}}'
        return web.Response(status=500 if request.path.endswith("refused") else 200, body=body)

    async with serve(answer) as url, connected(url) as connection:
        with pytest.raises(Broken, match="no"):
            await connection.get(f"{PODS}/refused")
        with pytest.raises(ClusterError, match="answer is not understood"):
            await read(connection, PODS_KIND, "default", "a")


async def test_nobody_at_the_address_is_unreachable() -> None:
    async with connected("http://127.0.0.1:1") as connection:
        with pytest.raises(Unreachable, match=r"could not be reached \(Connection refused\)") as caught:
            await connection.version()
    assert caught.value.temporary
    assert caught.value.word == "unreachable"
    assert str(caught.value).endswith("Check the VPN and the network.")  # whoever asks again says so


async def test_an_unknown_host_is_unreachable() -> None:
    async with connected("http://nowhere.invalid") as connection:
        with pytest.raises(Unreachable):
            await connection.version()


async def test_something_else_than_an_api_server_is_told() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>log in</html>")

    async with serve(answer) as url, connected(url) as connection:
        with pytest.raises(Unreachable, match="not as a Kubernetes API server does"):
            await connection.version()


async def test_an_answer_that_never_comes_is_given_up() -> None:
    waiting = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        await waiting.wait()
        return web.Response()

    async with serve(answer) as url, connected(url) as connection:
        with pytest.raises(Unreachable, match="did not answer in time"):
            await connection.get(PODS, timeout=0.05)
        waiting.set()


async def test_a_connection_broken_off_half_way_is_unreachable() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"items": [')
        assert request.transport is not None
        request.transport.abort()
        return response

    async with serve(answer) as url, connected(url) as connection:
        with pytest.raises(Unreachable, match="broke the connection off"):
            await connection.get(PODS)


async def test_patches_go_out_under_their_content_type() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.json_response({"type": request.content_type, "body": await request.json()})

    async with serve(answer) as url, connected(url) as connection:
        got = await connection.patch(PODS + "/x", {"spec": {}}, {"force": True}, content_type=APPLY)
    assert json.loads(got.body) == {"type": "application/apply-patch+yaml", "body": {"spec": {}}}


async def streamed(connection: Connection) -> list[bytes]:
    lines: list[bytes] = []
    async with aclosing(connection.stream(PODS, silence=5.0)) as batches:
        async for batch in batches:
            lines += batch
    return lines


async def test_a_stream_gives_whole_lines_however_they_are_cut() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in (b"on", b"e\ntw", b"o", b"\ncut"):
            await response.write(piece)
            await asyncio.sleep(0)
        return response

    async with serve(answer) as url, connected(url) as connection:
        assert await streamed(connection) == [b"one", b"two"]


async def test_a_line_of_many_megabytes_passes() -> None:
    line = b"x" * (5 << 20)

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=line + b"\n")

    async with serve(answer) as url, connected(url) as connection:
        assert await streamed(connection) == [line]


async def test_a_silent_stream_is_dead() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"one\n")
        await asyncio.sleep(10)
        return response

    async with serve(answer) as url, connected(url) as connection:
        batches = connection.stream(PODS, silence=0.05)
        assert await anext(batches) == [b"one"]
        with pytest.raises(Unreachable, match="did not answer in time"):
            await anext(batches)


class Guarded:
    """A server that knows one token at a time."""

    def __init__(self, token: str) -> None:
        self.accepted = token
        self.seen: list[str] = []

    async def answer(self, request: web.Request) -> web.StreamResponse:
        given = request.headers.get("Authorization", "")
        self.seen.append(given)
        if given != f"Bearer {self.accepted}":
            return status(401, "Unauthorized", "Unauthorized")
        return web.json_response({"gitVersion": "v1.36.0"})


async def test_a_rotated_token_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("first\n")
    server = Guarded("first")
    async with serve(server.answer) as url, connected(url, TokenFile(path)) as connection:
        assert await connection.version() == "v1.36.0"
        path.write_text("second-token")
        server.accepted = "second-token"
        assert await connection.version() == "v1.36.0"
    assert server.seen == ["Bearer first", "Bearer second-token"]


async def test_a_token_that_is_refused_and_cannot_be_renewed_is_expired() -> None:
    server = Guarded("good")
    async with serve(server.answer) as url, connected(url, StaticCredentials("Bearer bad")) as connection:
        with pytest.raises(Expired) as caught:
            await connection.version()
    assert len(server.seen) == 1
    assert "Log in again" in caught.value.hint


async def test_a_request_under_which_the_client_is_built_anew_is_told_in_words() -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.json_response({})

    async with serve(answer) as url, connected(url) as connection:
        await connection.get(PODS)
        await connection._client.rest_client.pool_manager.close()
        with pytest.raises(Unreachable, match="could not be asked") as told:
            await connection.get(PODS)
    assert told.value.temporary


async def test_a_new_certificate_during_a_slow_token_leaves_the_request_a_client_that_is_open() -> None:
    class Slow(StaticCredentials):
        """A token may take as long as a whole other request."""

        def __init__(self) -> None:
            super().__init__("Bearer t")
            self.wait = False
            self.asked, self.go_on = asyncio.Event(), asyncio.Event()

        async def token(self) -> str:
            if self.wait:
                self.wait = False
                self.asked.set()
                await self.go_on.wait()
            return "Bearer t"

    async def answer(request: web.Request) -> web.Response:
        return web.json_response({})

    credentials = Slow()
    async with serve(answer) as url, connected(url, credentials) as connection:
        await connection.get(PODS)
        credentials.wait = True
        slow = asyncio.create_task(connection.get(PODS))
        await credentials.asked.wait()
        connection._certificate = (b"", b"")  # another than the credentials': the next request builds anew
        await connection.get(PODS)
        credentials.go_on.set()
        assert (await asyncio.wait_for(slow, 20)).status == 200


async def test_a_request_under_way_ends_well_when_the_certificate_is_renewed_beside_it() -> None:
    arrived, go_on = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.Response:
        if request.query.get("slow"):
            arrived.set()
            await go_on.wait()
        return web.json_response({})

    async with serve(answer) as url, connected(url) as connection:
        slow = asyncio.create_task(connection.get(PODS, {"slow": "1"}))
        await arrived.wait()
        old = connection._client
        connection._certificate = (b"", b"")  # another than the credentials': the next request builds anew
        await connection.get(PODS)
        assert connection._client is not old
        go_on.set()
        assert (await asyncio.wait_for(slow, 20)).status == 200
        assert old.rest_client.pool_manager.closed


def plugin(folder: Path, script: str, **fields: object) -> Access:
    path = folder / "plugin"
    path.write_text(f"#!{sys.executable}\nimport json, os, sys, time\n{script}\n")
    path.chmod(0o755)
    spec = {"command": "./plugin", "apiVersion": "client.authentication.k8s.io/v1", **fields}
    access = access_to("https://api.example")
    return Access("test", "", access.cluster, Entry("u", {"exec": spec}, folder), ("config",))


ISSUE = """
runs = int(open("{folder}/runs").read() or 0) if os.path.exists("{folder}/runs") else 0
open("{folder}/runs", "w").write(str(runs + 1))
until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + {life}))
print(json.dumps({{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
    "status": {{"token": f"t{{runs + 1}}", "expirationTimestamp": until}}}}))
"""


async def test_a_plugins_token_is_kept_until_shortly_before_it_expires(tmp_path: Path) -> None:
    access = plugin(tmp_path, ISSUE.format(folder=tmp_path, life=3600))
    credentials = PluginCredentials(ExecPlugin(access, {}))
    assert [await credentials.token() for _ in range(3)] == ["Bearer t1"] * 3


async def test_a_plugin_that_cannot_renew_yet_leaves_what_is_still_good(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Patience, "PAUSES", (0.0,))
    script = f"""
if os.path.exists({str(tmp_path / "runs")!r}) and not os.path.exists({str(tmp_path / "mended")!r}):
    sys.exit("no login")
""" + ISSUE.format(folder=tmp_path, life=3600)
    credentials = PluginCredentials(ExecPlugin(plugin(tmp_path, script), {}))
    monkeypatch.setattr(PluginCredentials, "MARGIN", 3600.0)
    assert await credentials.token() == "Bearer t1"
    late = time.time() + 3000
    monkeypatch.setattr("alfred_tui.cluster.access.credentials.time.time", lambda: late)
    assert await credentials.token() == "Bearer t1"
    (tmp_path / "mended").touch()
    assert await credentials.token() == "Bearer t2"


async def test_a_plugins_expired_token_is_renewed_before_it_is_sent(tmp_path: Path) -> None:
    access = plugin(tmp_path, ISSUE.format(folder=tmp_path, life=-5))
    credentials = PluginCredentials(ExecPlugin(access, {}))
    assert [await credentials.token() for _ in range(2)] == ["Bearer t1", "Bearer t2"]


async def test_a_refused_plugin_token_is_renewed_under_way(tmp_path: Path) -> None:
    access = plugin(tmp_path, ISSUE.format(folder=tmp_path, life=3600))
    server = Guarded("t2")
    credentials = PluginCredentials(ExecPlugin(access, {}))
    async with serve(server.answer) as url, connected(url, credentials) as connection:
        assert await connection.version() == "v1.36.0"
    assert server.seen == ["Bearer t1", "Bearer t2"]


async def test_many_that_are_refused_at_once_run_the_plugin_once(tmp_path: Path) -> None:
    access = plugin(tmp_path, "time.sleep(0.2)\n" + ISSUE.format(folder=tmp_path, life=3600))
    server = Guarded("t2")
    credentials = PluginCredentials(ExecPlugin(access, {}))
    async with serve(server.answer) as url, connected(url, credentials) as connection:
        await asyncio.gather(*(connection.version() for _ in range(12)))
        assert await credentials.renew("Bearer t1"), "one that hears of its refusal late has something new"
    assert (tmp_path / "runs").read_text() == "2"


async def test_a_failing_plugin_fails_all_that_wait_by_one_run(tmp_path: Path) -> None:
    script = f"""
open({str(tmp_path / "runs")!r}, "a").write("x")
time.sleep(0.2)
sys.exit("no login")
"""
    credentials = PluginCredentials(ExecPlugin(plugin(tmp_path, script), {}))
    found = await asyncio.gather(*(credentials.token() for _ in range(12)), return_exceptions=True)
    assert [type(one) for one in found] == [Expired] * 12
    assert (tmp_path / "runs").read_text() == "x"


FAILS = """
open({folder!r} + "/runs", "a").write("x")
sys.exit("no login")
"""


def runs(folder: Path) -> int:
    return len((folder / "runs").read_text())


async def test_a_plugin_that_fails_is_left_alone_for_longer_and_longer(tmp_path: Path) -> None:
    """It may open a browser each time, or ask a provider that locks the account."""
    clock = [0.0]
    script = FAILS.format(folder=str(tmp_path))
    credentials = PluginCredentials(ExecPlugin(plugin(tmp_path, script), {}), Patience(lambda: clock[0]))
    seen = []
    for second in range(120):
        clock[0] = float(second)
        for _ in range(3):
            with pytest.raises(Expired, match="no login"):
                await credentials.token()
        seen.append(runs(tmp_path))
    at = [second for second, count in enumerate(seen) if count > (seen[second - 1] if second else 0)]
    assert at == [0, 2, 7, 17, 37, 67, 97]
    (tmp_path / "plugin").write_text(
        f"#!{sys.executable}\nimport json, os, sys, time\n"
        + ISSUE.format(folder=tmp_path, life=3600).replace("/runs", "/issued")
    )
    clock[0] = 127.0
    assert await credentials.token() == "Bearer t1"


async def test_a_plugin_whose_tokens_are_all_refused_is_not_run_for_each_refusal(tmp_path: Path) -> None:
    clock = [0.0]
    access = plugin(tmp_path, ISSUE.format(folder=tmp_path, life=3600))
    server = Guarded("none of these")
    credentials = PluginCredentials(ExecPlugin(access, {}), Patience(lambda: clock[0]))
    async with serve(server.answer) as url, connected(url, credentials) as connection:
        for _ in range(5):
            with pytest.raises(Expired):
                await connection.version()
        assert (tmp_path / "runs").read_text() == "2"
        clock[0], server.accepted = 3.0, "t3"
        assert await connection.version() == "v1.36.0"


async def test_who_stops_waiting_for_a_plugin_leaves_its_run_to_the_others(tmp_path: Path) -> None:
    access = plugin(tmp_path, "time.sleep(0.3)\n" + ISSUE.format(folder=tmp_path, life=3600))
    credentials = PluginCredentials(ExecPlugin(access, {}))
    first = asyncio.create_task(credentials.token())
    await asyncio.sleep(0.05)
    second = asyncio.create_task(credentials.token())
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "Bearer t1"
    assert (tmp_path / "runs").read_text() == "1"


async def test_a_token_that_a_login_writes_into_the_kubeconfig_is_picked_up(tmp_path: Path) -> None:
    path = tmp_path / "config"

    def log_in(token: str) -> None:
        config = {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "k", "user": "u"}}],
            "clusters": [{"name": "k", "cluster": {"server": "https://api.example"}}],
            "users": [{"name": "u", "user": {"token": token}}],
        }
        path.write_text(json.dumps(config))

    log_in("old")
    credentials = credentials_of(resolve((str(path),), "c"))
    server = Guarded("new")
    async with serve(server.answer) as url, connected(url, credentials) as connection:
        with pytest.raises(Expired):
            await connection.version()
        path.write_text("{")
        with pytest.raises(Expired):
            await connection.version()
        log_in("new")
        assert await connection.version() == "v1.36.0"
    assert server.seen == ["Bearer old"] * 3 + ["Bearer new"]


async def test_a_plugin_sees_no_terminal_and_is_told_so(tmp_path: Path) -> None:
    script = """
info = json.loads(os.environ["KUBERNETES_EXEC_INFO"])
seen = {"stdin": sys.stdin.read(), "info": info, "x": os.environ["X"]}
print(json.dumps({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential",
    "status": {"token": json.dumps(seen)}}))
"""
    access = plugin(tmp_path, script, env=[{"name": "X", "value": "y"}], provideClusterInfo=True)
    issued = await ExecPlugin(access, {}).run()
    seen = json.loads(issued.token)
    assert seen["stdin"] == ""
    assert seen["x"] == "y"
    assert seen["info"]["spec"] == {"interactive": False, "cluster": {"server": "https://api.example"}}


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("sys.exit('\\x1b[31mnot logged in: run login')", r"exit code 1:  ?\[31mnot logged in: run login"),
        ("print('hello')", "printed no ExecCredential"),
        ("print('{}')", "answered in no version"),
        (
            'print(\'{"apiVersion": "client.authentication.k8s.io/v1", "status": {}}\')',
            "issued neither a token",
        ),
    ],
)
async def test_a_failing_plugin_is_told_in_its_own_words_and_never_goes_on_anonymously(
    tmp_path: Path, script: str, sentence: str
) -> None:
    credentials = PluginCredentials(ExecPlugin(plugin(tmp_path, script), {}))
    server = Guarded("")
    async with serve(server.answer) as url, connected(url, credentials) as connection:
        with pytest.raises(Expired, match=sentence):
            await connection.version()
    assert server.seen == []


async def test_what_a_plugin_says_last_has_no_part_of_a_secret(tmp_path: Path) -> None:
    access = plugin(tmp_path, "sys.exit('key hunter2-hunter2' + ' no' * 130)")
    credentials = credentials_of(access, {}, hide=hiding({"KEY": "hunter2-hunter2"}))
    with pytest.raises(Expired) as caught:
        await credentials.token()
    assert "nter2" not in caught.value.message
    assert caught.value.message.endswith("no no")


async def test_a_plugin_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alfred_tui.cluster.access.exec_plugin.TIMEOUT", 0.1)
    with pytest.raises(Expired, match="gave no answer within"):
        await ExecPlugin(plugin(tmp_path, "time.sleep(30)"), {}).run()


def test_a_plugin_that_is_not_installed_is_told_with_its_hint(tmp_path: Path) -> None:
    access = plugin(tmp_path, "", command="no-such-plugin", installHint="Install it with apt.")
    with pytest.raises(CockpitError, match="'no-such-plugin' of the user u is not on PATH") as caught:
        ExecPlugin(access, {"PATH": "/nowhere"})
    assert caught.value.hint == "Install it with apt."


@pytest.mark.parametrize(
    ("method", "path", "words"),
    [
        ("GET", "/api/v1/namespaces/a/pods", "reading pods in a"),
        ("GET", "/api/v1/namespaces/a", "reading namespaces/a"),
        ("PATCH", "/apis/apps/v1/namespaces/a/deployments/b", "changing deployments/b in a"),
        ("GET", "/apis/metrics.k8s.io/v1beta1/nodes", "reading nodes"),
        ("GET", "/version", "reading version"),
    ],
)
def test_a_request_has_words(method: str, path: str, words: str) -> None:
    assert describe(method, path) == words
