"""Evaluates the parsed queries over series, with Prometheus' lookback and staleness."""

from collections.abc import Iterable, Iterator
from typing import Any

from alfred_tui.demo.promapi.errors import QueryError, bad_data
from alfred_tui.demo.promapi.formats import timestamp_number, value_text
from alfred_tui.demo.promapi.query import Comparison, Expression, Number, Ranged, Selector, Text
from alfred_tui.demo.traffic.series import Series

Result = dict[str, Any]
"""`{"resultType": …, "result": …}`, the `data` of an answer."""

Labels = dict[str, str]

MOST_SAMPLES = 200_000
"""What one range query may cost: evaluating more would keep the whole demo waiting."""


def instant(expression: Expression, series: Iterable[Series], time: float) -> Result:
    """The value of an expression at one time (epoch seconds)."""
    at = timestamp_number(time)
    if isinstance(expression, Number):
        return {"resultType": "scalar", "result": [at, value_text(expression.value)]}
    if isinstance(expression, Text):
        return {"resultType": "string", "result": [at, expression.value]}
    if isinstance(expression, Ranged):
        return {"resultType": "matrix", "result": _windows(expression, series, time)}
    found = [
        {"metric": labels, "value": [at, value_text(value)]}
        for one in _selected(expression, series)
        for labels, value in _at(expression, one, time)
    ]
    return {"resultType": "vector", "result": found}


def ranged(expression: Expression, series: Iterable[Series], times: list[float]) -> Result:
    """The values of an expression at each of `times`; 400 for what has none at an instant."""
    if isinstance(expression, Ranged | Text):
        kind = "string" if isinstance(expression, Text) else "range vector"
        raise bad_data(f'invalid expression type "{kind}" for range query, must be Scalar or instant Vector')
    if isinstance(expression, Number):
        text = value_text(expression.value)
        values = [[timestamp_number(time), text] for time in times]
        return {"resultType": "matrix", "result": [{"metric": {}, "values": values}]}
    selected = _selected(expression, series)
    if len(selected) * len(times) > MOST_SAMPLES:
        refusal = "query processing would load too many samples into memory in query execution"
        raise QueryError(422, "execution", refusal)
    rows = []
    for one in selected:
        points: list[list[float | int | str]] = []
        metric: Labels = {}
        for time in times:
            for labels, value in _at(expression, one, time):
                metric = labels
                points.append([timestamp_number(time), value_text(value)])
        if points:
            rows.append({"metric": metric, "values": points})
    return {"resultType": "matrix", "result": rows}


def _selected(expression: Selector | Comparison, series: Iterable[Series]) -> list[Series]:
    selector = expression.selector if isinstance(expression, Comparison) else expression
    return sorted(
        (one for one in series if selector.matches(one.labels)), key=lambda one: sorted(one.labels.items())
    )


def _at(expression: Selector | Comparison, one: Series, time: float) -> Iterator[tuple[Labels, float]]:
    value = one.at(time)
    if value is None:
        return
    if isinstance(expression, Selector):
        yield one.labels, value
    elif expression.as_bool:
        # The outcome is no longer that metric, so its name goes.
        unnamed = {name: text for name, text in one.labels.items() if name != "__name__"}
        yield unnamed, float(expression.holds(value))
    elif expression.holds(value):
        yield one.labels, value


def _windows(expression: Ranged, series: Iterable[Series], time: float) -> list[Result]:
    rows: list[Result] = []
    for one in _selected(expression.selector, series):
        window = one.window(time - expression.seconds, time)
        if window:
            values = [[timestamp_number(at), value_text(value)] for at, value in window]
            rows.append({"metric": one.labels, "values": values})
    return rows
