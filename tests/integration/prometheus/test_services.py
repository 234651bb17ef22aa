"""The services' endpoints follow the cluster."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from alfred_tui.demo.scenarios import SERVICES
from alfred_tui.demo.services import ServicesServer

from tests.unit.demo_traffic.platform import PODS, Platform, pod


@asynccontextmanager
async def served(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    server = ServicesServer(platform.store, platform.traffic, platform.clock)
    try:
        async with httpx.AsyncClient(base_url=await server.start()) as client:
            yield client
    finally:
        await server.stop()


# The paths that the production checklist asks for.
CHECKED = {
    "mission-control": ["ui", "authentication", "agent-controls", "dashboard", "integrations"],
    "financial-tax": ["tax-calculation", "storage", "tax-databases", "rate-limit"],
    "legal-compliance": ["compliance-checks", "documents", "external-apis", "alerts"],
    "alfred-bot": ["messages", "commands", "integrations", "error-handling", "rate-limit"],
    "architect-apiligence": [],
}


@pytest.mark.parametrize("service", SERVICES)
async def test_a_ready_service_is_well_on_every_page(service: str) -> None:
    async with served(Platform()) as client:
        for page in ("live", "ready"):
            answer = await client.get(f"/{service}/health/{page}")
            assert (answer.status_code, answer.text) == (200, "ok\n")
        for name in ("status", "database", "queue", "smoke", *CHECKED[service]):
            answer = await client.get(f"/{service}/api/v1/{name}")
            assert (answer.status_code, answer.json()["status"]) == (200, "ok"), name
        assert "<h1>" in (await client.get(f"/{service}/")).text


async def test_pods_that_are_not_ready_are_alive_and_take_no_requests() -> None:
    platform = Platform()
    platform.unready("financial-tax")
    async with served(platform) as client:
        assert (await client.get("/financial-tax/health/live")).status_code == 200
        for path in ("health/ready", "", "api/v1/status", "api/v1/database", "api/v1/storage"):
            answer = await client.get(f"/financial-tax/{path}")
            assert answer.status_code == 503, path
            assert "ok" not in answer.text
        assert (await client.get("/mission-control/health/ready")).status_code == 200


async def test_a_service_without_pods_is_dead_and_has_no_metrics() -> None:
    platform = Platform()
    platform.remove("financial-tax")
    platform.run(5)
    async with served(platform) as client:
        for page in ("live", "ready", "metrics"):
            assert (await client.get(f"/financial-tax/health/{page}")).status_code == 503


async def test_the_version_is_that_of_most_ready_pods() -> None:
    platform = Platform()
    async with served(platform) as client:
        before = (await client.get("/alfred-bot/api/v1/status")).json()
        for number in range(2):
            platform.store.delete(PODS, "default", f"alfred-bot-stable-{number}")
            platform.store.create(PODS, pod("alfred-bot", number + 3, tag="2.5.0"))
        after = (await client.get("/alfred-bot/api/v1/status")).json()
    assert (before["version"], before["versions"]) == ("2.4.0", ["2.4.0"])
    assert (after["version"], after["versions"]) == ("2.5.0", ["2.4.0", "2.5.0"])


async def test_an_integration_needs_both_sides() -> None:
    platform = Platform()
    async with served(platform) as client:
        path = "/mission-control/api/v1/integrations"
        for partner in ("social-intelligence", "financial-tax", "legal-compliance"):
            assert (await client.get(f"{path}/{partner}")).json()["status"] == "ok"
        platform.unready("financial-tax")
        answer = await client.get(f"{path}/financial-tax")
        assert (answer.status_code, answer.json()["not_ready"]) == (503, ["financial-tax"])
        assert (await client.get(path)).status_code == 503
        assert (await client.get(f"{path}/legal-compliance")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/social-intelligence/health/live",
        "/alfred-bot/api/v1/nothing",
        "/alfred-bot/api/v1/tax-calculation",
        "/alfred-bot/api/v1/integrations/nobody",
        "/",
    ],
)
async def test_what_is_not_there_is_not_found(path: str) -> None:
    async with served(Platform()) as client:
        assert (await client.get(path)).status_code == 404


async def test_the_metrics_page_has_both_tracks_and_its_type() -> None:
    platform = Platform()
    platform.start_canary()
    platform.run(5)
    async with served(platform) as client:
        answer = await client.get("/alfred-bot/health/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    for track in ("stable", "canary"):
        assert f'http_requests_total{{service="alfred-bot",track="{track}",code="500"}} ' in answer.text
        assert f'_bucket{{service="alfred-bot",track="{track}",le="+Inf"}} ' in answer.text
