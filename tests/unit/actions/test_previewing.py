"""What a step would change, read before its word: all that it prints, or why it could not be read."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from alfred_tui.actions.clock import Clock
from alfred_tui.actions.context import Equipment
from alfred_tui.actions.previewing import preview
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.errors import CockpitError


def step(command: str, **fields: Any) -> Step:
    return Step(id="a", title="A", action=Run(command="change"), preview=command, **fields)


def equipment(folder: Path) -> Equipment:
    return Equipment(
        clock=Clock(), workdir=folder, environ={"PATH": "/usr/bin:/bin"}, secrets={"TOKEN": "tr0ub4dor&3x"}
    )


async def test_what_it_prints_is_what_would_change(tmp_path: Path) -> None:
    assert await preview(step("echo '-old'; echo '+new' >&2"), equipment(tmp_path)) == ["-old", "+new"]


async def test_a_secret_is_given_to_it_and_taken_out_of_what_it_prints(tmp_path: Path) -> None:
    told = await preview(step('echo "with $TOKEN"', secrets=("TOKEN",)), equipment(tmp_path))
    assert told == ["with ‹TOKEN›"]


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("echo no route >&2; exit 2", "exit 2: no route"),
        ("./scripts/absent.sh", "exit 127"),
        ("cat <name>", "cannot stand in a preview"),
    ],
)
async def test_what_could_not_be_read_is_no_empty_difference(tmp_path: Path, command: str, why: str) -> None:
    with pytest.raises(CockpitError, match=why):
        await preview(step(command), equipment(tmp_path))


async def test_a_diff_that_ends_with_1_has_found_one_and_with_more_has_failed(tmp_path: Path) -> None:
    kubectl = tmp_path / "kubectl"
    kubectl.write_text("#!/bin/sh\necho +new\nexit ${CODE:-1}\n")
    kubectl.chmod(0o755)
    given = replace(equipment(tmp_path), environ={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert await preview(step("kubectl diff -k overlay"), given) == ["+new"]
    with pytest.raises(CockpitError, match="exit 2"):
        await preview(step("kubectl diff -k overlay", env={"CODE": "2"}), given)
    with pytest.raises(CockpitError, match="exit 1"):  # whose 1 it is cannot be told
        await preview(step("kubectl diff -k overlay && test -e done"), given)


async def test_what_it_prints_without_end_is_cut_and_says_so(tmp_path: Path) -> None:
    told = await preview(step("seq 1 100000"), equipment(tmp_path))
    assert told[0] == "1"
    assert told[-1] == "… the rest is not shown"


async def test_a_secret_that_lies_across_the_cut_leaves_no_part(tmp_path: Path) -> None:
    endless = "head -c 199994 /dev/zero | tr '\\0' -; echo \"$TOKEN\"; seq 1 1000"
    told = await preview(step(endless, secrets=("TOKEN",)), equipment(tmp_path))
    assert told[-1] == "… the rest is not shown"
    assert "tr0ub" not in told[0]
