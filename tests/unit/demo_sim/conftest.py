"""Labs that check at the end of a test that no controller stumbled."""

from collections.abc import Callable, Iterator

import pytest
from alfred_tui.demo.scenarios import Scenario

from tests.unit.demo_sim.lab import Lab

Build = Callable[..., Lab]


@pytest.fixture
def build() -> Iterator[Build]:
    labs: list[Lab] = []

    def make(story: Scenario | None = None, *, nodes: int = 4) -> Lab:
        labs.append(Lab(story, nodes=nodes))
        return labs[-1]

    yield make
    assert [lab.cluster.faults for lab in labs] == [0] * len(labs)


@pytest.fixture
def lab(build: Build) -> Lab:
    return build()
