"""All that goes to standard output in headless runs: a line an event, for people or as JSON.

The same on a terminal and in a pipe.
"""

import contextlib
import os
import sys
from typing import TextIO

import msgspec

from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.run import events as e
from alfred_tui.domain.run.state import RunState
from alfred_tui.headless.encoding import utf_8
from alfred_tui.headless.stderr import say
from alfred_tui.present.soak import soak_told
from alfred_tui.present.workload_acts import act_told, end_told


class EventLines:
    """Writes a run's events as they come, for as long as somebody takes them."""

    def __init__(self, *, jsonl: bool, out: TextIO | None = None) -> None:
        if jsonl and sys.stdout is not None:  # a run may go on unseen
            utf_8()
        self._jsonl = jsonl
        self._out: TextIO | None = out or sys.stdout

    def __call__(self, state: RunState, entries: tuple[e.Entry, ...]) -> None:
        lines = [json_line(state, one) if self._jsonl else text_line(state, one) for one in entries]
        if self._out is None:
            return
        try:
            self._out.writelines(f"{line}\n" for line in lines if line)
            self._out.flush()
        except OSError as error:
            # A deployment does not end because its reader has (`… | head`): the journal has it all.
            _discard(self._out)
            self._out = None
            say(f"Standard output cannot be written ({error.strerror}); the run goes on, unseen.")


def _discard(out: TextIO) -> None:
    """Lets what is still held back go nowhere, or Python would try to write it again when it ends."""
    with contextlib.suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)


def json_line(state: RunState, entry: e.Entry) -> str:
    """One event as JSON: `seq`, `at`, `type`, and for steps `step` and `status`, then its own fields."""
    fields = msgspec.to_builtins(entry.event)
    row = {"seq": entry.seq, "at": entry.at, "type": fields.pop("type")}
    step = fields.pop("step", None)
    if step is not None:
        row["step"] = step
        row["status"] = state.steps[step].status if step in state.steps else "pending"
    if isinstance(entry.event, e.RollbackStarted):
        fields["steps"] = [one.id for one in entry.event.steps]
    return msgspec.json.encode(row | fields).decode()


def text_line(state: RunState, entry: e.Entry) -> str:
    """One event for a person; empty for what is only progress."""
    told = _told(state, entry)
    if not told:
        return ""
    clean = "".join(char if char.isprintable() else "␛" for char in told)
    return f"{format_elapsed(entry.at - state.began_at):>8}  {clean}"


def _told(state: RunState, entry: e.Entry) -> str:
    match entry.event:
        case e.RunStarted(title=title, run=run, lead=lead):
            return f"run {run}: {title}, led by {lead}"
        case e.RunResumed(lead=lead, host=host, torn=torn):
            cut = f"; a last write of {torn} bytes was torn and is cut off" if torn else ""
            return f"resumed by {lead} on {host}{cut}"
        case e.ClockGap(kind=kind, seconds=seconds):
            what = "the machine slept for" if kind == "asleep" else "the machine's clock was set by"
            return f"{what} {seconds:.0f} s"
        case e.LeadTakenOver(by=by, before=before, where=where):
            return f"taken over by {by} from {before} ({where})"
        case e.RunPaused(by=by, reason=reason):
            return f"paused by {by}: {reason}" if reason else f"paused by {by}"
        case e.RunContinued(by=by):
            return f"continued by {by}"
        case e.RunFinished(result=result, reason=reason):
            return f"{result.replace('_', ' ')}" + (f": {reason}" if reason else "")
        case e.SoakEnded():
            return f"soak: {soak_told(entry.event)}"
        case e.ValueGiven(name=name, value=value, by=by):
            return f"<{name}> is {value} ({by})"
        case e.TriggerMoved(trigger=trigger, state=moved):
            return f"trigger {trigger}: {moved.status} {moved.message}".rstrip()
        case e.PointCaptured(point=point):
            pinned = ", ".join(f"{one.name} revision {one.revision}" for one in point.workloads)
            return f"rollback point: {pinned}"
        case e.CountdownStarted(procedure=procedure, ends_at=ends_at, reason=reason):
            left = format_elapsed(max(0.0, ends_at - entry.at))
            return f"rollback {procedure} starts by itself in {left}: {reason}"
        case e.CountdownStopped(by=by, note=note):
            return f"the rollback does not start by itself: stopped by {by}" + (f": {note}" if note else "")
        case e.RollbackStarted(title=title, by=by, reason=reason):
            return f"ROLLBACK {title}, started by {by}" + (f": {reason}" if reason else "")
        case e.WorkloadActBegun(number=number) | e.WorkloadActEnded(number=number):
            return _act(state, number, ended=isinstance(entry.event, e.WorkloadActEnded))
    return _step(state, entry)


def _act(state: RunState, number: int, *, ended: bool) -> str:
    act = next((one for one in state.acts if one.number == number), None)
    if act is None:
        return ""
    return f"{act_told(act)} — {end_told(act.outcome)}" if ended else act_told(act)


def _step(state: RunState, entry: e.Entry) -> str:
    match entry.event:
        case e.StepStarted(step=step, attempt=attempt):
            again = f" (attempt {attempt})" if attempt > 1 else ""
            return f"{'running':<13} {step}{again}: {state.step(step).title}"
        case e.StepProgressed(step=step, note=note, aloud=True):
            return f"{'running':<13} {step}: {note}"
        case e.StepCancelAsked(step=step, by=by):
            return f"{'cancelling':<13} {step}, asked by {by}"
        case e.StepFinished(step=step, outcome=outcome):
            return f"{outcome.status:<13} {step}" + (f": {outcome.reason}" if outcome.reason else "")
        case e.StepWaiting(step=step, ask=ask):
            return f"{'waiting':<13} {step}: {ask.because or ask.prompt}"
        case e.StepSigned(step=step, by=by, note=note):
            return f"{'signed':<13} {step} by {by}" + (f": {note}" if note else "")
        case e.StepConfirmed(step=step, by=by):
            return f"{'confirmed':<13} {step} by {by}"
        case e.StepDecided(step=step, by=by, verdict=verdict, note=note):
            return f"{verdict:<13} {step}, decided by {by}: {note}"
        case e.StepSkipped(step=step, reason=reason, by=by):
            return f"{'skipped':<13} {step}: {reason}" + (f" ({by})" if by else "")
        case e.StepReopened(step=step, by=by, reason=reason):
            return f"{'re-opened':<13} {step} by {by}: {reason}"
    return ""
