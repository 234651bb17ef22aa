"""kubectl leads a deployment against the demo, and meets what it would meet on a cluster."""

from pathlib import Path

import pytest
from alfred_tui.demo.process import DemoEndpoints, embedded
from alfred_tui.demo.scenarios import SERVICES

from tests.integration.demo.lab import Answer, kubectl

SPEED = 100.0


async def image(demo: DemoEndpoints) -> str:
    path = "jsonpath={.spec.template.spec.containers[0].image}"
    found = await kubectl(demo, "get", "deployment", "alfred-bot", "-o", path)
    return found.output.rpartition(":")[2]


async def rolled_out(demo: DemoEndpoints, service: str = "alfred-bot") -> Answer:
    return await kubectl(demo, "rollout", "status", f"deployment/{service}", "--timeout=30s")


async def revisions(demo: DemoEndpoints) -> list[str]:
    history = await kubectl(demo, "rollout", "history", "deployment/alfred-bot")
    return [line.split()[0] for line in history.output.splitlines()[2:] if line.strip()]


async def test_the_release_rolls_out_and_a_second_apply_changes_no_deployment(tmp_path: Path) -> None:
    async with embedded("healthy", SPEED, folder=tmp_path) as demo:
        applied = await kubectl(demo, "apply", "-k", "infra/k8s/overlays/prod")
        assert applied.code == 0
        for service in SERVICES:
            assert f"deployment.apps/{service} configured" in applied.output
        for service in SERVICES:
            answer = await rolled_out(demo, service)
            assert answer.code == 0
            assert answer.output.endswith(f'deployment "{service}" successfully rolled out\n')
        again = await kubectl(demo, "apply", "-k", "infra/k8s/overlays/prod")
        for service in SERVICES:
            assert f"deployment.apps/{service} unchanged" in again.output
        pods = await kubectl(demo, "get", "pods", "--no-headers")
        assert len(pods.output.splitlines()) == 3 * len(SERVICES)
        assert "2.5.0" in await image(demo)


async def test_the_secret_of_the_last_release_is_in_the_way_of_the_documents_command(tmp_path: Path) -> None:
    async with embedded("healthy", SPEED, folder=tmp_path) as demo:
        command = ("create", "secret", "generic", "alfred-secrets", "--from-literal=database-url=x")
        answer = await kubectl(demo, *command)
    assert answer.code == 1
    assert 'secrets "alfred-secrets" already exists' in answer.output


async def test_the_documents_rollback_steps_end_on_the_bad_version(tmp_path: Path) -> None:
    """Setting the image back and then undoing re-deploys what was to be left; a pinned undo does not."""
    async with embedded("healthy", SPEED, folder=tmp_path) as demo:
        await kubectl(demo, "apply", "-k", "infra/k8s/overlays/prod")
        await rolled_out(demo)
        assert await revisions(demo) == ["1", "2"]
        old = "alfred-bot=registry.local/alfred-bot:2.4.0"
        await kubectl(demo, "set", "image", "deployment/alfred-bot", old)
        await rolled_out(demo)
        assert await image(demo) == "2.4.0"
        assert await revisions(demo) == ["2", "3"]
        await kubectl(demo, "rollout", "undo", "deployment/alfred-bot")
        await rolled_out(demo)
        assert await image(demo) == "2.5.0"
        assert await revisions(demo) == ["3", "4"]
        pinned = await kubectl(demo, "rollout", "undo", "deployment/alfred-bot", "--to-revision=3")
        assert pinned.code == 0
        assert (await rolled_out(demo)).code == 0
        assert await image(demo) == "2.4.0"


async def test_the_canary_comes_beside_the_stable_pods_and_goes_again(tmp_path: Path) -> None:
    async with embedded("healthy", SPEED, folder=tmp_path) as demo:
        assert (await kubectl(demo, "apply", "-k", "infra/k8s/overlays/prod/canary")).code == 0
        assert (await rolled_out(demo, "alfred-bot-canary")).code == 0
        pods = await kubectl(demo, "get", "pods", "-l", "app=alfred-bot", "--no-headers")
        assert len(pods.output.splitlines()) == 4
        assert (await kubectl(demo, "delete", "deployment", "alfred-bot-canary")).code == 0
        pods = await kubectl(demo, "get", "pods", "-l", "app=alfred-bot", "--no-headers")
        assert len(pods.output.splitlines()) == 3


@pytest.mark.parametrize(
    ("scenario", "service", "shown"),
    [
        ("crash-loop", "financial-tax", "CrashLoopBackOff"),
        ("missing-image", "architect-apiligence", "ImagePullBackOff"),
        ("deadline", "mission-control", "Running"),
    ],
)
async def test_a_stuck_rollout_exceeds_its_deadline_and_can_be_undone(
    tmp_path: Path, scenario: str, service: str, shown: str
) -> None:
    async with embedded(scenario, SPEED, folder=tmp_path) as demo:
        await kubectl(demo, "apply", "-k", "infra/k8s/overlays/prod")
        stuck = await rolled_out(demo, service)
        assert stuck.code == 1
        assert f'deployment "{service}" exceeded its progress deadline' in stuck.output
        pods = await kubectl(demo, "get", "pods", "-l", f"app={service}", "--no-headers")
        rows = [line.split()[1:3] for line in pods.output.splitlines()]
        assert sorted(ready for ready, _ in rows) == ["0/1", "1/1", "1/1", "1/1"]
        assert ["0/1", shown] in rows or scenario == "crash-loop"
        await kubectl(demo, "rollout", "undo", f"deployment/{service}", "--to-revision=1")
        assert (await rolled_out(demo, service)).code == 0


async def test_a_strained_api_still_serves_the_documents_commands(tmp_path: Path) -> None:
    async with embedded("flaky-api", SPEED, folder=tmp_path) as demo:
        commands = [
            ("apply", "-k", "infra/k8s/overlays/prod"),
            *(("rollout", "status", f"deployment/{service}", "--timeout=60s") for service in SERVICES),
            ("get", "pods"),
            ("get", "services"),
            ("get", "deployments"),
            ("rollout", "history", "deployment/alfred-bot"),
            ("logs", "-l", "app=alfred-bot", "--tail=100"),
        ]
        answers = [await kubectl(demo, *command) for command in commands]
        assert [answer for answer in answers if answer.code] == []


async def test_healthy_logs_tell_of_requests_and_of_no_errors(tmp_path: Path) -> None:
    async with embedded("healthy", SPEED, folder=tmp_path) as demo:
        logs = await kubectl(demo, "logs", "-l", "app=alfred-bot", "--tail=-1")
    assert "handled request id=" in logs.output
    assert "error" not in logs.output.lower()
