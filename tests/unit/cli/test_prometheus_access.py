"""In whose name Prometheus is asked: from the environment, hidden, and told when it cannot be."""

from pathlib import Path

import pytest
from alfred_tui.cli.prometheus_access import hidden, prometheus_headers, prometheus_source
from alfred_tui.domain.errors import CockpitError, Usage

URL = "https://prometheus.example.com"


async def test_without_a_word_nothing_is_sent() -> None:
    assert await prometheus_headers(URL, {"PATH": "/bin"}) == {}


async def test_a_token_is_a_bearers_and_any_header_can_be_given(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("s3cr3t-token\n", encoding="utf-8")
    environ = {
        "PROMETHEUS_TOKEN_FILE": str(tmp_path / "token"),
        "PROMETHEUS_HEADERS": "X-Scope-OrgID: 7\n\n X-Api-Key:  k3y-of-mine ",
    }
    assert await prometheus_headers(URL, environ) == {
        "Authorization": "Bearer s3cr3t-token", "X-Scope-OrgID": "7", "X-Api-Key": "k3y-of-mine",
    }  # fmt: skip


def test_credentials_are_hidden_and_a_tenants_name_is_not() -> None:
    headers = {"Authorization": "Basic YWRhOnMzY3I=", "X-Scope-OrgID": "shop", "X-Api-Key": "k3y-of-mine"}
    assert hidden(headers) == {
        "PROMETHEUS Authorization": "YWRhOnMzY3I=", "PROMETHEUS X-Api-Key": "k3y-of-mine",
    }  # fmt: skip
    with pytest.raises(CockpitError, match="has 3 characters"):
        hidden({"X-Api-Key": "abc"})


@pytest.mark.parametrize("line", ["a line", ": x", "A B: c", "X-Y:"])
async def test_what_is_no_header_is_told_by_its_line_and_not_repeated(line: str) -> None:
    with pytest.raises(Usage, match="Line 2 of PROMETHEUS_HEADERS is no header") as caught:
        await prometheus_headers(URL, {"PROMETHEUS_HEADERS": f"X-Scope-OrgID: 7\n{line}"})
    assert line not in caught.value.message


async def test_credentials_in_the_address_are_refused_before_it_is_recorded() -> None:
    with pytest.raises(Usage, match="holds credentials, and addresses are recorded") as caught:
        await prometheus_headers("https://ada:s3cr3t@prometheus.example.com", {})
    assert "PROMETHEUS_TOKEN" in caught.value.hint


def test_authorities_that_are_not_there_are_told_before_anything_is_asked() -> None:
    with pytest.raises(Usage, match="There is no file /nowhere/ca"):
        prometheus_source(URL, {}, {"PROMETHEUS_CA": "/nowhere/ca.pem"})
