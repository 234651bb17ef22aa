"""The file that `judge` reads: what stands in it, and every problem of one that cannot be read.

Keys that are left out take the defaults of Kayenta's judge. In a pair of effect sizes the first is that of a
decrease and the second that of an increase.
"""

import json
from collections.abc import Mapping, Sequence
from typing import get_args

import msgspec

from alfred_tui.domain.errors import Usage
from alfred_tui.domain.judging.judgement import Limit
from alfred_tui.domain.judging.metric import Criteria, Direction, Measure
from alfred_tui.domain.judging.reader import Reader, Repeating
from alfred_tui.domain.judging.score import Thresholds

_NO_EFFECT = {"meanRatio": 1.0, "cles": 0.5}
_TOLD = 50
"""Problems that are shown."""
_METRIC_KEYS = (
    "name", "control", "experiment", "direction", "critical", "required", "nan", "outliers", "effect",
    "confidence", "tolerance", "group", "weight", "interval_s", "limit", "traffic",
)  # fmt: skip


class MetricEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of `metrics`."""

    name: str
    control: tuple[float | None, ...]
    """Stable's points."""
    experiment: tuple[float | None, ...]
    """The canary's points."""
    criteria: Criteria = Criteria()
    group: str = ""
    """Those without one are a group together, except for those that have a weight of their own."""
    weight: float | None = None
    """Of its group, in percent."""
    interval_s: float = 15.0
    limit: Limit | None = None
    traffic: tuple[float | None, ...] | None = None
    """Requests to the canary in each interval."""
    whole: bool = False
    """Whether the cockpit's whole decision is asked for: an interval, a limit or traffic is given."""


class JudgeFile(msgspec.Struct, frozen=True, kw_only=True):
    """A whole document."""

    metrics: tuple[MetricEntry, ...]
    thresholds: Thresholds = Thresholds()

    @property
    def weights(self) -> dict[str, float]:
        """Percent by group, for those that have a weight."""
        return {one.group: one.weight for one in self.metrics if one.weight is not None}


class UnreadableJudgeFile(Usage):
    """The document cannot be judged; `problems` are all of them, each a sentence with its place."""

    def __init__(self, problems: Sequence[str]) -> None:
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        told = list(problems[:_TOLD])
        if len(problems) > _TOLD:
            told.append(f"… and {len(problems) - _TOLD} more")
        super().__init__("\n".join([f"The data cannot be judged ({count}):", *told]))
        self.problems = tuple(problems)


def read_judge_text(text: str | bytes) -> JudgeFile:
    """Reads JSON. Raises UnreadableJudgeFile."""
    try:
        document = json.loads(text, object_pairs_hook=Repeating)
    except (ValueError, RecursionError) as error:
        raise UnreadableJudgeFile([f"it is not JSON: {_why(error)}"]) from error
    return read_judge_document(document)


def _why(error: ValueError | RecursionError) -> str:
    match error:
        case json.JSONDecodeError():
            return str(error)
        case RecursionError():
            return "it is nested too deeply"
        case UnicodeDecodeError():
            return f"it is not UTF-8 text (byte {error.start})"
    return "it holds a whole number of thousands of digits"


def read_judge_document(document: object) -> JudgeFile:
    """Reads the decoded form. Raises UnreadableJudgeFile with all problems."""
    reader = Reader()
    if not isinstance(document, dict):
        reader.mapping(document, "", ())
        raise UnreadableJudgeFile(reader.problems)
    top = reader.mapping(document, "", ("metrics", "thresholds"))
    metrics = _metrics(reader, top)
    thresholds = reader.mapping(top.get("thresholds", {}), "thresholds", ("pass", "marginal"))
    pass_at = reader.number(thresholds, "pass", "thresholds", 95.0, least=0, most=100)
    # Who wants to pass earlier than the usual marginal has no marginal scores, and nothing to put right.
    usual = min(75.0, pass_at)
    marginal_at = reader.number(thresholds, "marginal", "thresholds", usual, least=0, most=100)
    if marginal_at > pass_at:
        reader.problem("thresholds", f"marginal ({marginal_at:g}) is above pass ({pass_at:g})")
    _check_weights(reader, metrics)
    if reader.problems:
        raise UnreadableJudgeFile(reader.problems)
    return JudgeFile(metrics=metrics, thresholds=Thresholds(pass_at, marginal_at))


def _metrics(reader: Reader, top: Mapping[str, object]) -> tuple[MetricEntry, ...]:
    entries = top.get("metrics")
    if not isinstance(entries, list) or not entries:
        reader.problem("", "metrics must be a list with at least one metric")
        return ()
    return tuple(_metric(reader, entry, f"metrics[{index}]") for index, entry in enumerate(entries))


def _metric(reader: Reader, entry: object, place: str) -> MetricEntry:
    given = reader.mapping(entry, place, _METRIC_KEYS)
    if not isinstance(entry, dict):
        return MetricEntry(name="", control=(), experiment=())
    name = reader.text(given, "name", place)
    weighted = given.get("weight") is not None
    control, experiment = (reader.numbers(given, side, place) for side in ("control", "experiment"))
    traffic = None
    if given.get("traffic") is not None:
        traffic = reader.numbers(given, "traffic", place, least=0)
        counts, canary = given["traffic"], given.get("experiment")
        if isinstance(counts, list) and isinstance(canary, list) and len(counts) != len(canary):
            told = f"traffic has {len(counts)} entries and experiment {len(canary)}"
            reader.problem(place, f"{told}; there must be one for each point")
    return MetricEntry(
        name=name,
        control=control,
        experiment=experiment,
        criteria=_criteria(reader, given, place),
        group=reader.text(_without_null(given), "group", place, "") or (name if weighted else ""),
        weight=reader.number(given, "weight", place, least=0, most=100) if weighted else None,
        interval_s=reader.number(_without_null(given), "interval_s", place, 15.0, above=0),
        limit=_limit(reader, given["limit"], f"{place}.limit") if given.get("limit") is not None else None,
        traffic=traffic,
        whole=any(given.get(key) is not None for key in ("interval_s", "limit", "traffic")),
    )


def _without_null(given: Mapping[str, object]) -> Mapping[str, object]:
    """Without the keys that hold null: of those that add something, null says that it is not there."""
    return {key: value for key, value in given.items() if value is not None}


def _criteria(reader: Reader, given: Mapping[str, object], place: str) -> Criteria:
    effect_place = f"{place}.effect"
    effect = reader.mapping(given.get("effect", {}), effect_place, ("measure", "allowed", "critical"))
    measure = reader.choice(effect, "measure", effect_place, get_args(Measure), "meanRatio")
    usual = _NO_EFFECT[measure]
    return Criteria(
        direction=reader.choice(given, "direction", place, get_args(Direction), "either"),
        critical=reader.flag(given, "critical", place),
        required=reader.flag(given, "required", place),
        missing=reader.choice(given, "nan", place, ("remove", "replace"), "remove"),
        outliers=reader.choice(given, "outliers", place, ("keep", "remove"), "keep"),
        measure=measure,
        allowed=reader.pair(effect, "allowed", effect_place, usual),
        critical_effect=reader.pair(effect, "critical", effect_place, usual),
        confidence=reader.number(given, "confidence", place, 0.98, above=0, below=1),
        tolerance=reader.number(given, "tolerance", place, 0.25, least=0),
    )


def _limit(reader: Reader, given: object, place: str) -> Limit:
    limit = reader.mapping(given, place, ("above", "for_s"))
    return Limit(
        value=reader.number(limit, "above", place), for_s=reader.number(limit, "for_s", place, 300.0, least=0)
    )


def _check_weights(reader: Reader, metrics: Sequence[MetricEntry]) -> None:
    weights: dict[str, float] = {}
    for one in metrics:
        if one.weight is not None and weights.setdefault(one.group, one.weight) != one.weight:
            told = f"the group “{one.group}” has two weights, {weights[one.group]:g} and {one.weight:g}"
            reader.problem("metrics", f"{told}; a weight is its group's")
    if sum(weights.values()) > 100 + 1e-9:
        reader.problem("metrics", f"the groups' weights add up to {sum(weights.values()):g}, more than 100")
