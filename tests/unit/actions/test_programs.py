"""Programs that are missing are named as people name several."""

import pytest
from alfred_tui.actions.commands import not_on_path


@pytest.mark.parametrize(
    ("programs", "said"),
    [
        (["trivy"], "trivy is not on PATH"),
        (["trufflehog", "trivy"], "trufflehog and trivy are not on PATH"),
        (["a", "b", "c"], "a, b and c are not on PATH"),
    ],
)
def test_one_is_and_several_are_missing(programs: list[str], said: str) -> None:
    assert not_on_path(programs) == said
