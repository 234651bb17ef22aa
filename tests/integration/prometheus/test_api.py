"""The embedded API against a real Prometheus: the same requests, the same shapes, the same refusals.

One pair of servers serves all tests here: a real one takes five seconds until its first scrape.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest
import pytest_asyncio
from alfred_tui.demo.clock import SimClock
from alfred_tui.demo.kube.store import Store
from alfred_tui.demo.promapi.rules import Recording, load_groups
from alfred_tui.demo.promapi.server import PromServer
from alfred_tui.demo.scenarios import SCENARIOS, SERVICES
from alfred_tui.demo.services import ServicesServer
from alfred_tui.demo.traffic import Traffic
from alfred_tui.demo.traffic.counters import ERROR_RATIO, P95, REQUEST_RATE
from prometheus_api_client import PrometheusApiClientException, PrometheusConnect
from urllib3.util import Retry

from tests.integration.prometheus.real import real_prometheus
from tests.unit.demo_traffic.platform import PODS, pod

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("prometheus")]

SPEED = 12.0
"""A minute of the simulation, the rules' window, passes in five seconds."""

Picture = dict[tuple[str, str], float]


@asynccontextmanager
async def demo(scenario: str = "canary-errors") -> AsyncIterator[tuple[str, str]]:
    """The URLs of the services and of the embedded Prometheus, over a cluster with a canary."""
    clock = SimClock(SPEED)
    store = Store(clock.now)
    for service in SERVICES:
        for number in range(3):
            store.create(PODS, pod(service, number))
    store.create(PODS, pod("alfred-bot", 0, track="canary", tag="2.6.0"))
    traffic = Traffic(store, clock, SCENARIOS[scenario], history=120)
    services = ServicesServer(store, traffic, clock)
    services_url = await services.start()
    prometheus = PromServer(traffic, clock, scrape_url=services_url + "/{service}")
    try:
        yield services_url, await prometheus.start()
    finally:
        await prometheus.stop()
        await services.stop()


class Pair(NamedTuple):
    """The embedded API and a real Prometheus that scrapes the same services."""

    ours: httpx.AsyncClient
    theirs: httpx.AsyncClient


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    async with (
        demo() as (services, embedded),
        real_prometheus(tmp_path_factory.mktemp("prometheus"), services=services) as real,
        httpx.AsyncClient(base_url=embedded) as ours,
        httpx.AsyncClient(base_url=real) as theirs,
    ):
        yield Pair(ours, theirs)


async def picture(client: httpx.AsyncClient, query: str) -> Picture:
    answer = await client.get("/api/v1/query", params={"query": query})
    rows = answer.raise_for_status().json()["data"]["result"]
    return {(row["metric"]["service"], row["metric"]["track"]): float(row["value"][1]) for row in rows}


async def differences(ours: httpx.AsyncClient, theirs: httpx.AsyncClient) -> list[str]:
    """Where the two pictures are further apart than noise and the windows' phase explain."""
    short = next(
        rule.expr.replace("[1m]", "[5s]")
        for group in load_groups()
        for rule in group.rules
        if isinstance(rule, Recording) and rule.record == REQUEST_RATE
    )
    asked = (
        (REQUEST_RATE, short, SPEED, 0.25, 0.0),
        (ERROR_RATIO, ERROR_RATIO, 1.0, 0.3, 0.004),
        (P95, P95, 1.0, 0.15, 0.0),
    )
    found: list[str] = []
    for name, query, factor, relative, absolute in asked:
        mine, real = await picture(ours, name), await picture(theirs, query)
        if mine.keys() != real.keys() or len(mine) != len(SERVICES) + 1:
            found.append(f"{name}: {sorted(mine)} and {sorted(real)}")
            continue
        for place, value in mine.items():
            expected = value * factor
            if abs(real[place] - expected) > relative * expected + absolute:
                found.append(f"{name} {place}: {expected:.4f} and {real[place]:.4f}")
    return found


async def test_a_real_prometheus_gets_the_same_picture_from_the_services(pair: Pair) -> None:
    ours, theirs = pair
    scraped = f'count_over_time({REQUEST_RATE}{{track="canary"}}[1m])'
    found = ["nothing was scraped"]
    try:
        async with asyncio.timeout(18):
            while found:
                await asyncio.sleep(0.25)
                # Before five seconds the real window holds less of the simulation than the embedded.
                if max((await picture(theirs, scraped)).values(), default=0) >= 20:
                    found = await differences(ours, theirs)
    except TimeoutError:
        pytest.fail("; ".join(found))
    canary = (await picture(theirs, ERROR_RATIO))["alfred-bot", "canary"]
    assert 0.03 < canary < 0.08


def shape(value: Any) -> Any:
    """The structure of a JSON value: keys and kinds; of a list, that of what it holds."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        kinds = [shape(item) for item in value]
        return [kind for index, kind in enumerate(kinds) if kind not in kinds[:index]]
    return (
        "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__
    )


async def answer(client: httpx.AsyncClient, path: str) -> Any:
    return (await client.get(f"/api/v1/{path}")).raise_for_status().json()


async def until_both_have(clients: list[httpx.AsyncClient], query: str) -> None:
    async with asyncio.timeout(10):
        for client in clients:
            while not (await answer(client, f"query?query={query}"))["data"]["result"]:
                await asyncio.sleep(0.1)


def rules(answered: Any) -> dict[str, Any]:
    """What both must say of every rule, by name."""
    fixed = ("type", "query", "duration", "labels", "annotations", "health", "keepFiringFor")
    return {
        rule["name"]: {key: rule[key] for key in fixed if key in rule}
        for group in answered["data"]["groups"]
        for rule in group["rules"]
    }


def groups(answered: Any) -> dict[str, Any]:
    return {
        group["name"]: {key: shape(item) for key, item in group.items() if key != "rules"}
        for group in answered["data"]["groups"]
    }


def of_canary(alerts: Any) -> Any:
    """Without those on targets: one may just be away when the machine is busy."""
    ours = [one for one in alerts["data"]["alerts"] if one["labels"].get("track") == "canary"]
    return {**alerts, "data": {"alerts": ours}}


async def test_answers_have_the_shapes_of_a_real_one(pair: Pair) -> None:
    ours, theirs = pair
    await until_both_have([ours, theirs], "up==1")
    await until_both_have([ours, theirs], f"{ERROR_RATIO}>0.02")
    now = datetime.now(UTC).timestamp()
    window = f"start={now - 60}&end={now + 60}&step=5"
    for path in (
        "query?query=up",
        "query?query=nothing",
        "query?query=up>bool 0",
        "query?query=1.5",
        'query?query="text"',
        "query?query=up[1m]",
        f"query_range?query={ERROR_RATIO}&{window}",
        f"query_range?query=2&{window}",
        f"query_range?query=nothing&{window}",
        "series?match[]=up",
        "label/track/values",
        "label/nothing/values",
        "labels?match[]=up",
        "targets",
        "targets?state=dropped",
        "metadata",
        "status/buildinfo",
    ):
        assert shape(await answer(ours, path)) == shape(await answer(theirs, path)), path
    # An alert becomes active at the rules' next evaluation.
    await until_both_have([theirs], 'ALERTS{track="canary"}')
    assert shape(of_canary(await answer(ours, "alerts"))) == shape(of_canary(await answer(theirs, "alerts")))
    mine, real_ones = await answer(ours, "rules"), await answer(theirs, "rules")
    assert rules(mine) == rules(real_ones)
    by_kind = [{group["name"]: shape(group) for group in got["data"]["groups"]} for got in (mine, real_ones)]
    assert by_kind[0].keys() == by_kind[1].keys()
    for name, one in by_kind[0].items():
        assert {key: one[key] for key in one if key != "rules"} == {
            key: by_kind[1][name][key] for key in one if key != "rules"
        }


REFUSED = [
    "query?query=",
    "query",
    "query?query=up{",
    "query?query=up}",
    "query?query={}",
    'query?query={a=~".*"}',
    "query?query=up bar",
    "query?query=up >",
    "query?query=1 > 1",
    "query?query=up$",
    'query?query=up{__name__="x"}',
    "query?query=1&time=abc",
    "query?query=1&timeout=x",
    "query_range?query=1&start=10&end=0&step=1",
    "query_range?query=1&start=0&end=10&step=0",
    "query_range?query=1&start=0&end=10&step=-1",
    "query_range?query=1&start=0&end=10&step=x",
    "query_range?query=1&start=0&end=11001&step=1",
    "query_range?query=1&end=10&step=1",
    "query_range?query=1&start=0&step=1",
    "query_range?query=1&start=0&end=1",
    "query_range?query=up[1m]&start=0&end=10&step=1",
    'query_range?query="s"&start=0&end=10&step=1',
    "query_range?query=up{&start=0&end=10&step=1",
    "series",
    "series?match[]=up{",
    "series?match[]={}",
    "label/a-b/values",
    "rules?type=x",
    "nothing",
]


async def test_refusals_are_those_of_a_real_one(pair: Pair) -> None:
    ours, theirs = pair
    for path in REFUSED:
        mine, theirs_ = await ours.get(f"/api/v1/{path}"), await theirs.get(f"/api/v1/{path}")
        assert (mine.status_code, mine.text) == (theirs_.status_code, theirs_.text), path
    for path in ("query?query=-1.5e3&time=1600000000", "query?query=NaN&time=1600000000.25"):
        assert (await ours.get(f"/api/v1/{path}")).json() == (await theirs.get(f"/api/v1/{path}")).json()
    for path in ("/-/ready", "/-/healthy"):
        mine, theirs_ = await ours.get(path), await theirs.get(path)
        assert (mine.status_code, mine.text) == (theirs_.status_code, theirs_.text)


async def test_a_range_over_the_limit_is_refused_and_one_at_it_is_not(pair: Pair) -> None:
    at = await pair.ours.get("/api/v1/query_range?query=1&start=0&end=11000&step=1")
    over = await pair.ours.get("/api/v1/query_range?query=1&start=0&end=11001&step=1")
    assert len(at.json()["data"]["result"][0]["values"]) == 11001
    assert over.status_code == 400


async def test_a_range_that_would_keep_everyone_waiting_is_refused(pair: Pair) -> None:
    path = '/api/v1/query_range?query={__name__=~".%2B"}&start=0&end=11000&step=1'
    refused = await pair.ours.get(path)
    assert (refused.status_code, refused.json()["errorType"]) == (422, "execution")
    assert "too many samples" in refused.json()["error"]


async def test_a_query_may_be_posted(pair: Pair) -> None:
    posted = await pair.ours.post("/api/v1/query", data={"query": "up", "time": "1"})
    ranged = await pair.ours.post(
        "/api/v1/query_range", data={"query": "3", "start": "0", "end": "1", "step": "1"}
    )
    assert posted.json() == {"status": "success", "data": {"resultType": "vector", "result": []}}
    assert ranged.json()["data"]["result"] == [{"metric": {}, "values": [[0, "3"], [1, "3"]]}]


async def test_what_is_promql_but_not_evaluated_here_says_so(pair: Pair) -> None:
    refused = await pair.ours.get("/api/v1/query", params={"query": "sum(rate(http_requests_total[1m]))"})
    assert refused.status_code == 422
    assert refused.json()["errorType"] == "execution"
    assert '"sum(…)"' in refused.json()["error"]


def through_client(url: str) -> dict[str, Any]:
    client = PrometheusConnect(url, retry=Retry(0, status_forcelist=[]), timeout=3)
    now = datetime.now(UTC)
    found = {
        "connected": client.check_prometheus_connection(),
        "instant": client.custom_query(ERROR_RATIO),
        "current": client.get_current_metric_value("up", {"service": "alfred-bot"}),
        "range": client.custom_query_range(
            ERROR_RATIO, now - timedelta(minutes=1), now + timedelta(minutes=1), "5"
        ),
        "empty": client.custom_query("nothing"),
        "scalar": client.custom_query("1"),
        "values": client.get_label_values("track"),
        "targets": client.get_targets(),
    }
    with pytest.raises(PrometheusApiClientException) as caught:
        client.custom_query("up{")
    return {**found, "refused": str(caught.value)}


async def test_the_official_client_reads_both_alike(pair: Pair) -> None:
    ours, theirs = pair
    await until_both_have([ours, theirs], f"{ERROR_RATIO}>0.02")
    mine, theirs_ = await asyncio.gather(
        asyncio.to_thread(through_client, str(ours.base_url)),
        asyncio.to_thread(through_client, str(theirs.base_url)),
    )
    assert shape(mine) == shape(theirs_)
    assert mine["refused"] == theirs_["refused"]
