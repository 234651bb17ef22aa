"""The source against a server that gives every odd answer that a Prometheus, or a proxy, can give."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from email.utils import formatdate
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from alfred_tui.demo.kube.certificates import make_certificates
from alfred_tui.domain.canary import Sample, SampleState
from alfred_tui.domain.errors import CockpitError, NotAnswered, Usage
from alfred_tui.domain.run.redacted import hiding
from alfred_tui.metrics.source import MetricsSource

from tests.integration.metrics.odd_server import (
    Answer,
    Odd,
    data,
    document,
    hang,
    odd_server,
    page,
    ready,
    refusal,
    trickle,
)

QUERY = "sum(up)"  # no plain selector: it is asked as it is


@pytest_asyncio.fixture
async def odd() -> AsyncIterator[Odd]:
    async with odd_server() as server:
        yield server


@pytest_asyncio.fixture
async def source(odd: Odd) -> AsyncIterator[MetricsSource]:
    made = MetricsSource(odd.url, timeout=1.0)
    yield made
    made.close()


@pytest.mark.parametrize(
    "around", [lambda said: data([], warnings=[said]), partial(refusal, 400, "bad_data")]
)
async def test_what_prometheus_says_has_no_part_of_a_secret(
    odd: Odd, around: Callable[[str], Answer]
) -> None:
    odd.answer = around(f"{'-' * 190} hunter2-hunter2")
    made = MetricsSource(odd.url, timeout=1.0, hide=hiding({"KEY": "hunter2-hunter2"}))
    message = (await made.read(QUERY, time.time())).message
    made.close()
    assert "‹KEY›" in message
    assert "hunter2" not in message


def now_vector(*values: str) -> Answer:
    at = time.time()
    return data([{"metric": {"n": str(index)}, "value": [at, value]} for index, value in enumerate(values)])


async def test_a_number_is_a_sample_at_the_time_that_was_asked_for(odd: Odd, source: MetricsSource) -> None:
    at = time.time()
    odd.answer = now_vector("0.0042")
    assert await source.instant(QUERY, at) == Sample(at=at, value=0.0042)
    assert odd.asked == [("/api/v1/query", {"query": QUERY, "time": f"{at:.3f}"})]


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        (data([]), "no-data", "no series"),
        (now_vector("NaN"), "nan", "not a number"),
        (now_vector("+Inf"), "inf", "infinite"),
        (now_vector("1", "2"), "several-series", "2 series"),
        (data([time.time(), "NaN"], "scalar"), "nan", "not a number"),
        (data([time.time(), "words"], "string"), "error", "no numbers"),
        (data([{"metric": {}, "histogram": [1, {}]}]), "error", "native histogram"),
        (data([], warnings=["store eu-2 did not answer"]), "error", "in part only: store eu-2 did not"),
        (refusal(400, "bad_data", "1:5: parse error"), "error", "answers 400: 1:5: parse error (bad_data)"),
        (refusal(422, "execution", "many-to-many"), "error", "answers 422: many-to-many (execution)"),
        (refusal(503, "timeout", "query timed out"), "error", "answers 503: query timed out (timeout)"),
        (page(503, "busy"), "unreachable", "cannot answer now (503)"),
        (page(502), "unreachable", "cannot answer now (502)"),
        (page(200), "error", "a web page instead of data"),
        (page(404), "error", "answers 404; is that Prometheus' address?"),
        (page(401), "error", "it wants credentials"),
        (page(403), "error", "these credentials may not ask"),
        (document({"hello": "world"}), "error", "not Prometheus' data"),
        (document([]), "error", "not Prometheus' data"),
        (document(None), "error", "not Prometheus' data"),
    ],
)
async def test_every_odd_answer_is_a_named_gap_with_its_reason(
    odd: Odd, source: MetricsSource, answer: Answer, state: SampleState, words: str
) -> None:
    odd.answer = answer
    sample = await source.instant(QUERY, time.time())
    assert (sample.state, sample.value) == (state, 0)
    assert words in sample.message


async def test_a_server_that_hangs_is_given_up_in_time_and_asked_once(odd: Odd) -> None:
    source = MetricsSource(odd.url, timeout=0.2)
    odd.answer = hang
    began = time.monotonic()
    sample = await source.instant(QUERY, time.time())
    source.close()
    assert sample.state == "unreachable"
    assert sample.message.endswith("does not answer within 0.2 s")
    assert time.monotonic() - began < 3
    assert len(odd.asked) == 1


async def test_a_server_that_trickles_is_given_up_too(odd: Odd) -> None:
    source = MetricsSource(odd.url, timeout=0.6)
    odd.answer = trickle
    sample = await source.instant(QUERY, time.time())
    source.close()
    assert (sample.state, "does not finish its answer" in sample.message) == ("unreachable", True)


async def test_a_server_that_is_not_there_refuses(odd: Odd) -> None:
    source = MetricsSource("http://127.0.0.1:9", timeout=1)
    sample = await source.instant(QUERY, time.time())
    told = await source.ready()
    source.close()
    assert (sample.state, sample.message) == (
        "unreachable",
        "Prometheus at 127.0.0.1:9 refuses the connection",
    )
    assert told.connection == "unreachable"


async def test_a_server_that_comes_back_is_heard_again(odd: Odd, source: MetricsSource) -> None:
    odd.answer = page(503)
    assert (await source.instant(QUERY, time.time())).state == "unreachable"
    odd.answer = now_vector("1")
    assert (await source.instant(QUERY, time.time())).state == "ok"


async def test_many_questions_at_once_are_all_answered_and_the_loop_stays_free(
    odd: Odd, source: MetricsSource
) -> None:
    odd.answer = now_vector("1")
    samples = await asyncio.gather(*(source.instant(QUERY, time.time()) for _ in range(80)))
    assert {one.state for one in samples} == {"ok"}


@pytest.mark.parametrize("ahead", [-95, 95])
async def test_a_clock_that_differs_is_a_named_gap(odd: Odd, source: MetricsSource, ahead: float) -> None:
    body = {"status": "success", "data": {"resultType": "vector", "result": [{"value": [time.time(), "1"]}]}}
    odd.answer = document(body, Date=formatdate(time.time() + ahead, usegmt=True))
    sample = await source.instant(QUERY, time.time())
    assert sample.state == "stale"
    assert "clock is 1:3" in sample.message
    assert ("ahead of" if ahead > 0 else "behind") in sample.message
    odd.answer = ready(Date=formatdate(time.time() + ahead, usegmt=True))
    assert (await source.ready()).connection == "stale"
    odd.answer = document(body, Date=formatdate(time.time() + 5, usegmt=True))
    assert (await source.instant(QUERY, time.time())).state == "ok"


async def test_a_selectors_own_time_is_asked_beside_its_value(odd: Odd, source: MetricsSource) -> None:
    at = time.time()
    odd.answer = data([
        {"metric": {"__name__": "ratio", "s": "a"}, "value": [at, "0.1"]},
        {"metric": {"s": "a", "alfred_cockpit_time": "yes"}, "value": [at, str(at - 200)]},
    ])  # fmt: skip
    sample = await source.instant("ratio", at)
    assert (sample.state, sample.message) == ("stale", "the value is 3:20 old")
    assert "timestamp(ratio)" in odd.asked[0][1]["query"]


async def test_a_server_without_functions_is_asked_plainly_from_then_on(
    odd: Odd, source: MetricsSource
) -> None:
    selectors_only = refusal(422, "execution", "selectors only")
    plain = now_vector("0.1")

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (selectors_only if "timestamp" in request.query["query"] else plain)(request)

    odd.answer = answer
    for _ in range(3):
        assert (await source.instant("ratio", time.time())).value == 0.1
    assert ["timestamp" in query["query"] for _, query in odd.asked] == [True, False, False, False]


async def test_a_range_is_asked_to_the_millisecond_and_has_its_gaps(odd: Odd, source: MetricsSource) -> None:
    start = 1_700_000_000.25
    odd.answer = data([{"metric": {}, "values": [[start, "1"], [start + 30, "3"]]}], "matrix")
    samples = await source.window(QUERY, start, start + 45, 15)
    assert [one.state for one in samples] == ["ok", "no-data", "ok", "no-data"]
    assert [one.at - start for one in samples] == [0, 15, 30, 45]
    path, asked = odd.asked[0]
    assert path == "/api/v1/query_range"
    assert (asked["start"], asked["end"], asked["step"]) == ("1700000000.250", "1700000045.250", "15")
    odd.answer = refusal(400, "bad_data", "exceeded maximum resolution")
    refused = await source.window(QUERY, start, start + 45, 15)
    assert {(one.state, "maximum resolution" in one.message) for one in refused} == {("error", True)}
    assert await source.window(QUERY, start, start - 1, 15) == ()


async def test_a_vector_keeps_every_series_with_its_labels(odd: Odd, source: MetricsSource) -> None:
    odd.answer = now_vector("0.1", "+Inf")
    found = await source.vector("ratio", time.time())
    assert found == (({"n": "0"}, 0.1), ({"n": "1"}, float("inf")))


@pytest.mark.parametrize(
    ("answer", "temporary"),
    [(page(503), True), (refusal(503, "timeout", "slow"), True), (refusal(400, "bad_data", "no"), False)],
)
async def test_questions_of_a_step_raise_what_a_person_can_read(
    odd: Odd, source: MetricsSource, answer: Answer, temporary: bool
) -> None:
    odd.answer = answer
    for ask in (source.vector("up", time.time()), source.alerts(), source.targets()):
        with pytest.raises(NotAnswered, match="Prometheus at ") as caught:
            await ask
        assert caught.value.temporary is temporary


async def test_alerting_rules_are_read_with_their_health(odd: Odd, source: MetricsSource) -> None:
    rules = [
        {"type": "alerting", "name": "A", "state": "firing", "health": "ok", "alerts": [{"state": "firing"}]},
        {"type": "alerting", "name": "B", "state": "inactive", "health": "err", "lastError": "boom"},
        {"type": "recording", "name": "c", "health": "ok"},
    ]
    odd.answer = document({"status": "success", "data": {"groups": [{"name": "g", "rules": rules}]}})
    first, second = await source.alerts()
    assert (first.name, first.group, first.state, first.health, first.firing) == ("A", "g", "firing", "ok", 1)
    assert (second.name, second.health, second.error) == ("B", "err", "boom")
    assert odd.asked[0] == ("/api/v1/rules", {"type": "alert"})


async def test_active_targets_are_read_with_their_health(odd: Odd, source: MetricsSource) -> None:
    target = {
        "labels": {"job": "bot", "instance": "10.0.0.1:80"}, "scrapeUrl": "http://10.0.0.1/metrics",
        "health": "down", "lastError": "connection refused",
    }  # fmt: skip
    odd.answer = document({"status": "success", "data": {"activeTargets": [target]}})
    (only,) = await source.targets()
    assert (only.job, only.instance, only.health) == ("bot", "10.0.0.1:80", "down")
    assert only.error == "connection refused"
    assert odd.asked[0][1] == {"state": "active"}


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": {"activeTargets": 3, "groups": 3}}])
async def test_rules_and_targets_in_another_form_are_no_answer(
    odd: Odd, source: MetricsSource, body: object
) -> None:
    odd.answer = document(body)
    with pytest.raises(NotAnswered):
        await source.alerts()
    with pytest.raises(NotAnswered):
        await source.targets()


@pytest.mark.parametrize(
    ("status", "connection"),
    [(200, "live"), (401, "expired"), (403, "forbidden"), (404, "absent"), (503, "unreachable")],
)
async def test_readiness_tells_what_stands_in_the_way(
    odd: Odd, source: MetricsSource, status: int, connection: str
) -> None:
    odd.answer = page(status) if status != 200 else ready()
    told = await source.ready()
    assert told.connection == connection
    assert bool(told.message) == (status != 200)
    assert odd.asked[0][0] == "/-/ready"


async def test_a_login_page_is_no_prometheus_that_is_ready(odd: Odd, source: MetricsSource) -> None:
    odd.answer = page(200)
    told = await source.ready()
    assert told.connection == "unreachable"
    assert "a web page instead of data" in told.message


async def test_credentials_and_a_path_prefix_reach_the_server_and_no_message() -> None:
    async with odd_server() as odd:
        seen: list[str] = []

        async def answer(request: web.Request) -> web.StreamResponse:
            seen.append(request.headers["Authorization"])
            return await page(403)(request)

        odd.answer = answer
        source = MetricsSource(f"{odd.url}/prom/", headers={"Authorization": "Bearer s3cr3t"})
        sample = await source.instant(QUERY, time.time())
        source.close()
        assert seen == ["Bearer s3cr3t"]
        assert odd.asked[0][0] == "/prom/api/v1/query"
        assert "s3cr3t" not in sample.message


async def test_a_token_that_was_replaced_under_way_is_read_anew_once_and_the_question_asked_again() -> None:
    async with odd_server() as odd:
        seen: list[str] = []

        async def answer(request: web.Request) -> web.StreamResponse:
            seen.append(request.headers["Authorization"].removeprefix("Bearer "))
            return await (
                data([{"metric": {}, "value": [time.time(), "1"]}]) if seen[-1] == "new" else page(401)
            )(request)

        odd.answer = answer
        kept = ["old"]
        source = MetricsSource(
            odd.url,
            headers={"Authorization": "Bearer old"},
            renew=lambda: {"Authorization": f"Bearer {kept[-1]}"},
        )
        assert (await source.instant(QUERY, time.time())).state == "error"
        assert seen == ["old"]  # there is no other yet
        kept.append("new")
        await source.instant(QUERY, time.time())
        assert seen == ["old"] * 2  # whoever is refused does not ask a person's key at every sample
        source.close()
        source = MetricsSource(
            odd.url,
            headers={"Authorization": "Bearer old"},
            renew=lambda: {"Authorization": f"Bearer {kept[-1]}"},
        )
        assert (await source.instant(QUERY, time.time())).state == "ok"
        source.close()
        assert seen == ["old"] * 3 + ["new"]


async def test_a_token_that_cannot_be_read_anew_is_told() -> None:
    def gone() -> dict[str, str]:
        raise CockpitError("The secret PROMETHEUS_TOKEN could not be read from token: No such file.")

    async with odd_server() as odd:
        odd.answer = page(401)
        source = MetricsSource(odd.url, renew=gone)
        sample = await source.instant(QUERY, time.time())
        source.close()
    assert sample.message.endswith(
        "it wants credentials; The secret PROMETHEUS_TOKEN could not be read from token: No such file."
    )


async def test_a_gateway_that_answers_all_with_json_is_not_taken_for_prometheus() -> None:
    async with odd_server() as odd:
        odd.answer = document({"login": "please"})
        source = MetricsSource(odd.url)
        told = await source.ready()
        source.close()
    assert told.connection == "unreachable"
    assert "something that is not Prometheus' data" in told.message


async def test_a_word_in_a_netrc_file_does_not_take_the_place_of_the_one_that_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ada password other", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with odd_server() as odd:
        seen: list[str] = []

        async def answer(request: web.Request) -> web.StreamResponse:
            seen.append(request.headers["Authorization"])
            return await page(403)(request)

        odd.answer = answer
        source = MetricsSource(odd.url, headers={"Authorization": "Bearer s3cr3t"})
        await source.instant(QUERY, time.time())
        await source.ready()
        source.close()
    assert seen == ["Bearer s3cr3t"] * 2


async def test_an_authority_of_ones_own_is_trusted_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = make_certificates(), make_certificates()
    for name, made in (("ours.pem", ours), ("other.pem", other)):
        (tmp_path / name).write_text(made.ca_pem, encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "other.pem"))
    async with odd_server(ours.context) as odd:
        odd.answer = now_vector("0.25")
        trusting = MetricsSource(odd.url, verify=str(tmp_path / "ours.pem"))
        assert (await trusting.instant(QUERY, time.time())).state == "ok"
        odd.answer = ready()
        assert (await trusting.ready()).connection == "live"
        trusting.close()
        wary = MetricsSource(odd.url, verify=str(tmp_path / "other.pem"))
        sample = await wary.instant(QUERY, time.time())
        wary.close()
    assert sample.state == "unreachable"
    assert "shows a certificate that is not trusted here" in sample.message


@pytest.mark.parametrize(
    "url", ["", "prometheus:9090", "ftp://x", "http://", "http://x:notaport", "http://no such"]
)
def test_what_is_no_url_is_refused_at_once(url: str) -> None:
    with pytest.raises(Usage, match="is no address of a Prometheus"):
        MetricsSource(url)


@pytest.mark.parametrize("url", ["ftp://ada:s3cr3t@prom:9090", "http://ada:s3cr3t@prom:9090/x"])
def test_credentials_in_an_address_are_refused_and_not_repeated(url: str) -> None:
    """An address is recorded and shown."""
    with pytest.raises(Usage) as caught:
        MetricsSource(url)
    assert "s3cr3t" not in str(caught.value) + caught.value.hint
