"""Whatever a file holds, `judge` answers with a judgement or with sentences, never with a traceback."""

import json
from typing import Any, get_args

from alfred_tui.cli.judge import command
from alfred_tui.domain.errors import Usage
from alfred_tui.domain.judging.metric import Direction
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as some

EXTREME = some.sampled_from(
    [0, -0.0, 1, -1, 5e-324, 1e-300, 1e300, -1e300, 1.7e308, -1.7e308, 0.9999999999999999, 10**400]
)
NUMBER = EXTREME | some.floats() | some.integers(-(10**6), 10**6)
POINTS = some.lists(some.none() | NUMBER, max_size=12) | some.lists(some.sampled_from([0.0, 1.0]), max_size=9)
ANYTHING = some.recursive(
    some.none() | some.booleans() | NUMBER | some.text(max_size=9),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
PAIR = some.tuples(NUMBER, NUMBER).map(list)
EFFECT = {"measure": some.sampled_from(["meanRatio", "cles"]), "allowed": PAIR, "critical": PAIR}
LIMIT = {"above": NUMBER, "for_s": NUMBER}
METRIC: dict[str, some.SearchStrategy[Any]] = {
    "direction": some.sampled_from(get_args(Direction)),
    "critical": some.booleans(),
    "required": some.booleans(),
    "nan": some.sampled_from(["remove", "replace"]),
    "outliers": some.sampled_from(["keep", "remove"]),
    "effect": some.fixed_dictionaries({}, optional=EFFECT),
    "confidence": some.floats(0, 1),
    "tolerance": NUMBER,
    "group": some.text(max_size=3),
    "weight": NUMBER,
    "interval_s": NUMBER,
    "limit": some.fixed_dictionaries({}, optional=LIMIT),
    "traffic": POINTS,
}


def spoilt(keys: dict[str, some.SearchStrategy[Any]]) -> dict[str, some.SearchStrategy[Any]]:
    """Each mostly as it should be, and now and then anything at all."""
    return {key: some.one_of(value, value, value, value, ANYTHING) for key, value in keys.items()}


METRICS = some.lists(
    some.fixed_dictionaries(
        spoilt({"name": some.text(min_size=1, max_size=5), "control": POINTS, "experiment": POINTS}),
        optional=spoilt(METRIC),
    ),
    max_size=3,
)
THRESHOLDS = some.fixed_dictionaries({}, optional={"pass": NUMBER, "marginal": NUMBER})
DOCUMENT = (
    some.fixed_dictionaries(
        {"metrics": METRICS}, optional={"thresholds": THRESHOLDS | ANYTHING, "extra": ANYTHING}
    )
    | ANYTHING
)


def answered(text: bytes) -> None:
    ran = CliRunner().invoke(command, ["-"], input=text, standalone_mode=False)
    if ran.exception is None:
        said = json.loads(ran.output)
        assert said["verdict"] in {"pass", "marginal", "fail", "inconclusive"}
        assert 0 <= said["score"] <= 100
    else:
        assert isinstance(ran.exception, Usage), repr(ran.exception)
        assert len(ran.exception.message) < 20_000


@given(DOCUMENT)
def test_any_document_is_answered(document: Any) -> None:
    answered(json.dumps(document).encode())


@given(
    some.binary(max_size=40) | some.text(alphabet='{}[]",:0123456789.eE+-nul \\', max_size=60).map(str.encode)
)
def test_any_bytes_are_answered(text: bytes) -> None:
    answered(text)
