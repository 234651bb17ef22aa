"""Prometheus: whether it answers, how its clock stands, whether the checklist's queries find data."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial

import msgspec

from alfred_tui.cli.examine.subject import Subject
from alfred_tui.cli.prometheus_access import prometheus_headers, prometheus_source
from alfred_tui.domain.document.actions import Alerts, Canary, Query, Targets
from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.errors import CockpitError, NotAnswered
from alfred_tui.domain.run.planning import PLACEHOLDER
from alfred_tui.domain.run.triggers import subjects
from alfred_tui.metrics.measure import query_of
from alfred_tui.metrics.queries import fill
from alfred_tui.metrics.selectors import selectors
from alfred_tui.metrics.source import STALE_AFTER, MetricsSource, Readiness
from alfred_tui.present.doctor import Fact, Finding, Word

SUBJECT = "prometheus"


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A query of the checklist, filled in. `later`: before the canary runs it cannot have data."""

    use: str
    promql: str
    later: bool = False
    wrong: str = ""
    """Why it cannot be filled in."""


async def examine_prometheus(subject: Subject) -> tuple[Finding, ...]:
    """All about Prometheus."""
    asked = tuple(queries(subject))
    needed = bool(asked) or any(isinstance(one.action, Alerts | Targets) for one in subject.steps())
    url = subject.options.prometheus
    if not url:
        told = "No Prometheus was named" + (f"; {len(asked)} queries need one." if asked else ".")
        return (_server("not configured", told, "Name it with --prometheus URL.", needed=needed),)
    try:
        headers = await prometheus_headers(url, subject.environ)
        source = prometheus_source(url, headers, subject.environ)
    except CockpitError as problem:
        return (_server("missing", problem.message, problem.hint, needed=True),)
    try:
        readiness = await source.ready()
        server = _readiness(readiness, await source.version() if readiness.connection == "live" else "")
        if readiness.connection != "live":
            unasked = _unasked(asked, subject.steps())
            return (server, *unasked)
        found = await asyncio.gather(
            *(_query(source, one) for one in asked),
            *(_of_step(source, one) for one in subject.steps() if isinstance(one.action, Alerts | Targets)),
        )
        return (server, *found)
    finally:
        source.close()


def _server(word: Word, said: str, then: str = "", *, needed: bool, **facts: str | float | None) -> Finding:
    return Finding(
        subject=SUBJECT, name="server", word=word, said=said, then=then, needed=needed, facts={**facts}
    )


def _readiness(readiness: Readiness, version: str) -> Finding:
    skew = readiness.skew
    if readiness.connection == "live":
        told = f"Prometheus {version or 'of an unknown version'} answers"
        if skew is not None and abs(skew) >= 2:
            told += (
                f"; its clock is {format_elapsed(abs(skew))} {'ahead of' if skew > 0 else 'behind'} this one"
            )
        elif skew is not None:
            told += ", its clock agrees with this one"
        return _server("ok", f"{told}.", needed=True, version=version, clock_ahead_seconds=skew)
    words: dict[str, Word] = {"expired": "refused", "forbidden": "refused", "stale": "refused"}
    word = words.get(readiness.connection, "missing")
    then = "See that the URL is right and the way there (a VPN?) is open."
    if readiness.connection == "stale":
        then = "What it answers is drawn at a time that it is not of: set both clocks by NTP."
    return _server(word, f"{readiness.message.rstrip('?')}.", then, needed=True, clock_ahead_seconds=skew)


def _unasked(asked: tuple[Asked, ...], steps: tuple[Step, ...]) -> tuple[Finding, ...]:
    others = sum(isinstance(one.action, Alerts | Targets) for one in steps)
    if not asked and not others:
        return ()
    told = f"{_counted(len(asked) + others, 'query', 'queries')} of the checklist could not be tried."
    return (Finding(subject=SUBJECT, name="queries", word="unknown", said=told),)


def queries(subject: Subject) -> Iterator[Asked]:
    """Every query that the checklist's run would ask, each text once."""
    uses: dict[str, Asked] = {}
    for one in _all_queries(subject):
        known = uses.get(one.promql or one.use)
        # What is asked for several reasons must have data as soon as one of them cannot wait.
        if known is None or (known.later and not one.later):
            uses[one.promql or one.use] = one
    yield from uses.values()


def _all_queries(subject: Subject) -> Iterator[Asked]:
    for step in subject.steps():
        action = step.action
        if isinstance(action, Query):
            yield Asked(use=f"step {step.id}", promql=action.promql)
        elif isinstance(action, Canary):
            for metric in action.metrics:
                use = f"step {step.id}, {metric.name}"
                for track in (action.baseline, action.canary):
                    ask = partial(query_of, metric, action.service, track)
                    yield _filled(f"{use}, {track}", ask, later=track == action.canary)
            for track in (action.baseline, action.canary) if action.requests else ():
                ask = partial(fill, action.requests, service=action.service, track=track)
                yield _filled(f"step {step.id}, requests, {track}", ask, later=track == action.canary)
    for rule in subject.checklist.rollback.triggers if subject.checklist else ():
        for watched in subjects(rule) if rule.promql else ():
            use = f"trigger {rule.id}" + (f", {watched.name}" if watched.name else "")
            ask = partial(fill, rule.promql, service=watched.service, track=watched.track)
            yield _filled(use, ask, later=watched.track == "canary")


def _filled(use: str, promql: Callable[[], str], *, later: bool = False) -> Asked:
    try:
        return Asked(use=use, promql=promql(), later=later)
    except CockpitError as problem:
        return Asked(use=use, promql="", wrong=str(problem))


async def _query(source: MetricsSource, asked: Asked) -> Finding:
    def told(
        word: Word, said: str, then: str = "", *, needed: bool = True, facts: Mapping[str, Fact] | None = None
    ) -> Finding:
        return Finding(
            subject=SUBJECT, name=asked.use, word=word, said=said, then=then, needed=needed,
            facts={"query": asked.promql, **(facts or {})},
        )  # fmt: skip

    if asked.wrong:
        return told("missing", asked.wrong)
    if "${steps." in asked.promql or PLACEHOLDER.search(asked.promql):
        return told("unknown", "It is known only in the run.", needed=False)
    reading = await source.read(asked.promql, time.time())
    if reading.problem != "ok":
        return told("refused" if reading.refused else "unknown", f"{reading.message}: {asked.promql}")
    if reading.series:
        count = len(reading.series)
        value = reading.sample(STALE_AFTER)
        one = f": {f'{value.value:g}' if value.state == 'ok' else value.message}" if count == 1 else ""
        return told("ok", f"{_counted(count, 'series', 'series')}{one}.", facts={"series": count})
    empty, unseen = await _empty(source, asked.promql)
    where = f": there is no series {' and none '.join(empty)}" if empty else ""
    if not empty:
        where = f", and why is not known: {asked.promql}" if unseen else _CROSSED.format(asked.promql)
    facts: dict[str, Fact] = {"series": 0, "empty": empty}
    if asked.later:
        later = "It can have some only while the canary runs."
        return told("unknown", f"No data yet{where}. {later}", needed=False, facts=facts)
    then = "Compare names and labels with docs/prometheus.md; without data what asks is inconclusive."
    return told("missing", f"No data{where}.", then, facts=facts)


_CROSSED = ", although each of its selectors finds series (their labels may not fit together): {}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


async def _empty(source: MetricsSource, promql: str) -> tuple[tuple[str, ...], bool]:
    """Those of a query's selectors that find no series now, and whether some could not be asked."""
    parts = selectors(promql)
    found = await asyncio.gather(*(_finds(source, one) for one in parts))
    return tuple(part for part, there in zip(parts, found, strict=True) if there is False), None in found


async def _finds(source: MetricsSource, selector: str) -> bool | None:
    """Whether a selector finds anything; None when that is not known."""
    reading = await source.read(f"count({selector})", time.time())
    if reading.refused:  # some servers that speak Prometheus' API evaluate selectors and no functions
        reading = await source.read(selector, time.time())
    return bool(reading.series) if reading.problem == "ok" else None


async def _of_step(source: MetricsSource, step: Step) -> Finding:
    """Alerting rules and scrape targets that a step names."""
    action = step.action
    try:
        if isinstance(action, Alerts):
            one, many, wanted = "alerting rule", "alerting rules", set(action.names)
            there = {rule.name for rule in await source.alerts()}
        else:
            assert isinstance(action, Targets)
            one, many, wanted = "scrape job", "scrape jobs", set(action.jobs)
            there = {target.job for target in await source.targets()}
    except NotAnswered as problem:
        return Finding(subject=SUBJECT, name=f"step {step.id}", word="unknown", said=problem.message)
    absent = sorted(wanted - there)
    if absent or not there:
        told = f"Prometheus has no {one if len(absent) == 1 else many} {', '.join(absent)}".rstrip() + "."
        then = (
            "Load docs/prometheus/alert-rules.yml." if isinstance(action, Alerts) else "See scrape_configs."
        )
        return Finding(subject=SUBJECT, name=f"step {step.id}", word="missing", said=told, then=then)
    count = len(wanted) or len(there)
    return Finding(
        subject=SUBJECT, name=f"step {step.id}", word="ok", said=f"{_counted(count, one, many)} found."
    )
