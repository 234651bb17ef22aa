"""The shipped rules and the metrics page, read by Prometheus' own tool."""

import subprocess
from pathlib import Path

import pytest
from alfred_tui.demo.services import exposition

from tests.integration.prometheus.real import needs
from tests.unit.demo_traffic.platform import Platform

RULES = Path(__file__).parents[3] / "docs" / "prometheus"


@pytest.mark.parametrize("file", sorted(path.name for path in RULES.glob("*.yml")))
def test_promtool_finds_nothing_wrong_with_the_rules(file: str) -> None:
    program = needs("promtool")
    checked = subprocess.run(
        [program, "check", "rules", "--lint=all", "--lint-fatal", str(RULES / file)],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "SUCCESS" in checked.stdout


def test_promtool_finds_nothing_wrong_with_a_metrics_page() -> None:
    program = needs("promtool")
    platform = Platform()
    platform.start_canary()
    platform.run(60)
    page = exposition("alfred-bot", platform.traffic.exposed("alfred-bot") or {})
    assert 'track="canary"' in page
    checked = subprocess.run(
        [program, "check", "metrics"], input=page, capture_output=True, text=True, timeout=30
    )
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
