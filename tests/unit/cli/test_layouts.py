"""Which layouts the screen is opened with, and in which it begins."""

from pathlib import Path

from alfred_tui.cli.layouts import layouts


def test_a_shipped_one_is_begun_with_by_its_name() -> None:
    known, first = layouts("walkthrough")
    assert (list(known), first) == (["cockpit", "oncall", "walkthrough"], "walkthrough")


def test_ones_own_wins_over_a_shipped_one_of_its_title(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("title: cockpit\nabout: mine\ncolumns: [{panels: [{name: pods}]}]\n")
    known, first = layouts(str(path))
    assert (sorted(known), first) == (["cockpit", "oncall", "walkthrough"], "cockpit")
    assert known[first].about == "mine"
