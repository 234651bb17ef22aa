"""A run as a report: Markdown with the boxes ticked and the evidence under them, or plain data for JSON."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from alfred_tui.domain.document.checklist import Section, Step
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.evidence import GOOD
from alfred_tui.domain.plain import plain
from alfred_tui.domain.run.state import RollbackRun, RunState, StepState
from alfred_tui.present.effect import effect
from alfred_tui.present.point import point_facts
from alfred_tui.present.run import ended_before, header, seconds
from alfred_tui.present.soak import soak_told
from alfred_tui.present.workload_acts import act_told, end_told

_BOX = {"passed": "x"}
"""Only what was done is ticked; what was skipped says so beside an open box."""
_NOT_DONE = {"not-applicable": "not applicable", "branch": "not applicable", "scope": "left out of this run"}
"""What is told of a skipped step, by its cause; else that it was skipped."""


def markdown(state: RunState, now: float, *, led: bool | None = True, broken: str = "") -> str:
    """The whole report. `led`: whether a process leads the run; None when that cannot be told from here.
    `broken`: from where on the record does not hold, and why; empty when it does."""
    return "\n".join(_lines(state, now, led=led, broken=broken)) + "\n"


def _lines(state: RunState, now: float, *, led: bool | None, broken: str) -> Iterator[str]:
    top = header(state, now)
    yield f"# {_plain(top.title)}: run {top.run}"
    yield ""
    if broken:
        yield f"- Record: **{_plain(broken)}**"
    yield f"- Result: {_result(state, top.state, led=led)}"
    yield f"- Lead: {_plain(top.lead)} on {_plain(state.host)}"
    yield f"- Began: {_time(state.began_at)}, took {format_elapsed(top.elapsed)}"
    yield f"- Cluster: {_plain(top.context) or 'none'}, namespace {_plain(top.namespace) or 'none'}"
    yield f"- Settled: {top.progress.settled} of {top.progress.total} ({_counts(state)})"
    yield f"- Checklist: sha256 {state.started.digest or 'unknown'}"
    if state.started.version:
        yield f"- Led with: alfred-cockpit {_plain(state.started.version)}"
    if state.started.mode == "demo":
        yield f"- Demonstration on an embedded cluster, scenario {top.scenario}, clock ×{top.speed:g}"
    for name in top.simulated:
        yield f"- Simulated: {name}"
    if state.soak_ended:
        yield f"- Soak: {_plain(soak_told(state.soak_ended))}"
    if state.point:
        yield f"- Rollback point, recorded {_time(state.point.at)}:"
        for fact in point_facts(state):
            yield f"  - {_plain(fact.label)}: {_plain(fact.value)}"
    for trigger, one in state.triggers.items():
        if one.status in ("fired", "cleared"):
            yield f"- Trigger {trigger}: {one.status} {_time(one.since)} {_plain(one.message)}"
    for run in state.rollbacks:
        begun = f"started by {_plain(run.by)} at {_time(run.at)}"
        yield f"- Rollback: {_plain(run.title)}, {begun}: {_end_of(run, state)}"
    for phase in state.checklist.phases:
        yield from ("", f"## {_plain(phase.title)}")
        for section in phase.sections:
            if section.title != phase.title:
                yield from ("", f"### {_plain(section.title)}")
            yield ""
            yield from _section(section, state, state.steps, now, led=led)
    if state.acts:
        yield from ("", "## Acts on workloads", "")
    for act in state.acts:
        mark = "x" if act.outcome and act.outcome.status == "passed" else " "
        yield f"- [{mark}] {_time(act.at)} {_plain(act_told(act))} — {_plain(end_told(act.outcome))}"
    for run in state.rollbacks:
        yield from ("", f"## Rollback: {_plain(run.title)}", "")
        yield f"Started by {_plain(run.by)} at {_time(run.at)}. {_plain(run.reason)}".rstrip()
        if run.targets:
            yield "Targets: " + ", ".join(
                f"{name} → revision {number}" for name, number in run.targets.items()
            )
        yield ""
        own = Section(id=run.procedure, title=run.title, steps=run.steps)
        yield from _section(own, state, run.stood(state.steps), now, led=led)


def _result(state: RunState, word: str, *, led: bool | None) -> str:
    if state.result or led:
        return f"**{word}**" + (f" — {_plain(state.result_why)}" if state.result_why else "")
    last = f"{_plain(word)} at its last event, {_time(state.at)}"
    if led is False:
        return f"**unfinished, and nobody leads it** — {last}"
    return f"**unfinished** — {last}; whether it is led can be told on {_plain(state.host)} only"


def _section(
    section: Section, state: RunState, steps: Mapping[str, StepState], now: float, *, led: bool | None
) -> Iterator[str]:
    for step in section.steps:
        yield from _step(step, steps[step.id], state, now, led=led)


def _step(step: Step, one: StepState, state: RunState, now: float, *, led: bool | None) -> Iterator[str]:
    took = f", {format_elapsed(seconds(one, now))}" if one.started_at and one.attempt else ""
    ended = f", {_time(one.ended_at)}" if one.ended_at and not one.signatures else ""
    word = "running at the last event" if one.status == "running" and not led else _word(one)
    yield f"- [{_BOX.get(one.status, ' ')}] {_plain(step.title)} — **{word}**{took}{ended}"
    if one.confirmed_by:
        yield f"  - confirmed by {_plain(one.confirmed_by)}"
        for shown in one.confirmed_on:
            yield f"  - {_plain(shown.label)}, as it stood above the word:"
            yield from _verbatim(shown.value)
    if one.reason:
        who = f" ({_plain(one.settled_by)})" if one.settled_by else ""
        yield f"  - {_plain(one.reason)}{who}"
    for signature in one.signatures:
        note = f": {_plain(signature.note)}" if signature.note else ""
        yield f"  - signed by {_plain(signature.by)}, {_time(signature.at)}{note}"
        for found in signature.evidence:
            yield f"    - {_plain(found.label)}: {_plain(found.value)}"
    if one.attempt and step.action.key == "run":
        yield from ("  - ```", *(f"    {line}" for line in effect(step, state).splitlines()), "    ```")
    for found in one.evidence:
        mark = {True: "held", False: "did not hold", None: ""}[found.ok]
        yield f"  - {_plain(found.label)}: {_plain(found.value)}" + (f" — {mark}" if mark else "")
    if one.attempt > 1:
        yield f"  - {one.attempt} attempts"
    for last in one.earlier:
        yield f"  - before: {_plain(ended_before(last))}, {_time(last.at)}"


def _end_of(run: RollbackRun, state: RunState) -> str:
    """Whether a rollback got through, and otherwise how many of its steps stand where."""
    steps = run.stood(state.steps)
    words = Counter(_word(steps[step.id]) for step in run.steps)
    if all(steps[step.id].status in GOOD for step in run.steps):
        return "through"
    return "not through, " + ", ".join(f"{count} {word}" for word, count in words.most_common())


def _verbatim(text: str) -> Iterator[str]:
    """Lines as they are, in a fence that none of them can end."""
    lines = plain(text).splitlines()
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", text)), 3)
    yield from (f"    {line}".rstrip() for line in (fence, *lines, fence))


def _word(one: StepState) -> str:
    return _NOT_DONE.get(one.cause, "skipped") if one.status == "skipped" else one.status


def _counts(state: RunState) -> str:
    """How the checklist's steps ended, and how many of them rest on a person's word."""
    steps = [state.steps[step.id] for step in state.checklist.steps()]
    words = Counter(_word(one) for one in steps)
    told = [f"{count} {word}" for word, count in words.most_common()]
    signed = sum(bool(one.signatures) for one in steps)
    decided = sum(one.status in ("passed", "failed") and bool(one.settled_by) for one in steps)
    by_people = [f"{signed} signed by people"] * bool(signed) + [f"{decided} decided by people"] * bool(
        decided
    )
    return ", ".join(told) + ("; " + ", ".join(by_people) if by_people else "")


def _plain(text: str) -> str:
    """On one line, with nothing in it that Markdown or a terminal would obey."""
    clean = "".join(char if char.isprintable() else " " for char in text)
    for char in "\\`*_<>[]":
        clean = clean.replace(char, "\\" + char)
    return clean


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ") if at else "never"


def data(state: RunState, now: float, *, led: bool | None = True, broken: str = "") -> dict[str, Any]:
    """The same as plain values."""
    top = header(state, now)
    return {
        "run": top.run,
        "title": top.title,
        "result": state.result or "unfinished",
        "reason": state.result_why,
        "lead": top.lead,
        "led": led,
        "last_event_at": state.at,
        "broken": broken,
        "began_at": state.began_at,
        "elapsed": top.elapsed,
        "target": msgspec.to_builtins(state.started.target),
        "mode": state.started.mode,
        "scenario": top.scenario,
        "speed": top.speed,
        "simulated": list(top.simulated),
        "settled": top.progress.settled,
        "total": top.progress.total,
        "phases": [
            {
                "id": phase.id,
                "title": phase.title,
                "sections": [
                    {
                        "id": section.id,
                        "title": section.title,
                        "steps": [_step_data(s, state.steps, now) for s in section.steps],
                    }
                    for section in phase.sections
                ],
            }
            for phase in state.checklist.phases
        ],
        "rollbacks": [
            {
                "procedure": run.procedure,
                "by": run.by,
                "at": run.at,
                "reason": run.reason,
                "targets": run.targets,
                "steps": [_step_data(step, run.stood(state.steps), now) for step in run.steps],
            }
            for run in state.rollbacks
        ],
        "acts": [msgspec.to_builtins(one) for one in state.acts],
        "soak": msgspec.to_builtins(state.soak_ended),
        "triggers": {name: msgspec.to_builtins(one) for name, one in state.triggers.items()},
        "point": msgspec.to_builtins(state.point),
        "point_facts": msgspec.to_builtins(point_facts(state)),
    }


def _step_data(step: Step, steps: Mapping[str, StepState], now: float) -> dict[str, Any]:
    one = steps[step.id]
    kept = msgspec.to_builtins(one)
    kept.pop("measurements", None)
    return {
        "id": step.id,
        "title": step.title,
        "action": step.action.key,
        "seconds": seconds(one, now),
        **kept,
    }
