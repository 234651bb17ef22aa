"""Checklists for tests, and what is said about them."""

from collections.abc import Mapping
from textwrap import dedent, indent

import pytest
from alfred_tui.documents import Invalid, Loaded, load_text
from alfred_tui.domain.document.checklist import Step

NAME = "list.yaml"

HEAD = """\
title: T
phases:
  - id: p
    title: P
    sections:
      - id: s
        title: S
        steps:
"""
"""Eight lines: the first step starts in line 9, column 11, and its keys in column 13."""


def loaded(
    text: str | bytes, overrides: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None
) -> Loaded:
    """A checklist that must be valid."""
    return load_text(text, name=NAME, overrides=overrides, environ=environ)


def errors(
    text: str | bytes, overrides: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None
) -> list[str]:
    """`LINE:COL: sentence` of every error of a checklist that must be invalid."""
    with pytest.raises(Invalid) as caught:
        load_text(text, name=NAME, overrides=overrides, environ=environ)
    told = [str(problem) for problem in caught.value.problems]
    assert all(line.startswith(f"{NAME}:") for line in told)
    return [line.removeprefix(f"{NAME}:") for line in told]


def steps(text: str) -> str:
    """A checklist of the steps in `text`, a list from line 9 on."""
    return HEAD + indent(dedent(text), " " * 10)


def step(body: str, tail: str = "") -> str:
    """A checklist of one step `a`; `body` starts in line 11, column 13, and `tail` at the margin after it."""
    return HEAD + "          - id: a\n            title: A\n" + indent(dedent(body), " " * 12) + dedent(tail)


def only_step(text: str, **more: Mapping[str, str]) -> Step:
    """The first step of a valid checklist."""
    return next(iter(loaded(text, **more).checklist.steps()))


def warnings(text: str) -> list[str]:
    """`LINE:COL: warning CODE: sentence` of every warning of a valid checklist."""
    return [str(problem).removeprefix(f"{NAME}:") for problem in loaded(text).warnings]


def codes(text: str) -> list[str]:
    """The codes of the warnings, in the order of the file."""
    return [problem.code for problem in loaded(text).warnings]
