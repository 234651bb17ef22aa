"""The lead of a headless run: answers from what was signed beforehand, and stops where nothing was.

It sends the same intents as a person; there is no second way to change a run.
"""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Literal, Protocol

import msgspec

from alfred_tui.domain.evidence import Evidence
from alfred_tui.domain.run.automatic import is_expected
from alfred_tui.domain.run.events import Ask, Entry
from alfred_tui.domain.run.intents import (
    Answer,
    AnyIntent,
    Confirm,
    Continue,
    GiveValue,
    Pause,
    RollBack,
    Sign,
    Stop,
)
from alfred_tui.domain.run.planning import plan, troubles
from alfred_tui.domain.run.state import RunState, StepState
from alfred_tui.domain.run.watching import fired
from alfred_tui.headless.soak import Soak
from alfred_tui.present.soak import fired_told


class Signed(msgspec.Struct, frozen=True, kw_only=True):
    """What a person signed beforehand for a step."""

    by: str
    note: str = ""
    link: str = ""
    file: str = ""
    """A path, looked for from the work folder when it is signed."""

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """What was named beside the note."""
        link = (Evidence(label="link", value=self.link, kind="link"),) if self.link else ()
        file = (Evidence(label="file", value=self.file, kind="file"),) if self.file else ()
        return link + file


class Drives(Protocol):
    """The engine, as far as a lead needs it."""

    @property
    def state(self) -> RunState: ...

    def subscribe(self, listener: Callable[[RunState, tuple[Entry, ...]], None]) -> Callable[[], None]: ...

    async def submit(self, intent: AnyIntent) -> Answer: ...


class HeadlessLead:
    """Drives to the end, or to where a person is missing."""

    def __init__(
        self,
        engine: Drives,
        name: str,
        *,
        attestations: Mapping[str, tuple[Signed, ...]],
        values: Mapping[str, str],
        signs_all: bool = False,
        on_trouble: Literal["stop", "rollback"] = "stop",
        now: Callable[[], float],
        soak: Soak | None = None,
    ) -> None:
        self._engine = engine
        self._name = name
        self._attestations = attestations
        self._values = values
        self._signs_all = signs_all
        """Only in a demo: what a person would sign is signed by the demo, and the record says so."""
        self._on_trouble = on_trouble
        self._now = now
        self._soak = soak
        """None: it has led when the last step is settled."""
        self._changed = asyncio.Event()

    async def lead(self) -> RunState:
        """Until the run has a result, and its soak is over."""
        leave = self._engine.subscribe(lambda state, entries: self._changed.set())
        try:
            if self._engine.state.was_stopped:
                await self._engine.submit(Continue(by=self._name))
            while True:
                self._changed.clear()
                if self._engine.state.result is None:
                    if not await self._answer_one():
                        await self._changed.wait()
                elif not await self._goes_back():
                    wait = await self._soak.look(self._engine.state, self._now()) if self._soak else None
                    if wait is None:
                        return self._engine.state
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(wait):
                            await self._changed.wait()
        finally:
            leave()

    async def _goes_back(self) -> bool:
        """Whether a rollback was begun because a trigger fired of a run that is done."""
        state = self._engine.state
        calls = state.result == "done" and fired(state) and not state.rollbacks and state.point
        if not calls or self._on_trouble != "rollback" or is_expected(state):
            return False
        return (await self._engine.submit(self._roll_back("application", fired_told(state)))).accepted

    async def _answer_one(self) -> bool:
        """Sends one intent if one is due. Says whether it did."""
        state = self._engine.state
        for step_id, one in state.steps.items():
            intent = self._answer(state, step_id, one) if one.status == "waiting" and one.ask else None
            if intent is not None:
                return await self._send(intent)
        if self._holds(state):
            return await self._send(Pause(by=self._name, reason=fired_told(state)))
        held = troubles(state)
        if held and self._on_trouble == "rollback" and not state.rollback and state.point:
            reason = f"{held[0].title}: {state.steps[held[0].id].reason}"
            return await self._send(self._roll_back("application", reason))
        if self._stuck(state) and not is_expected(state):
            return await self._send(Stop(by=self._name, reason=self._why(state)))
        return False

    def _holds(self, state: RunState) -> bool:
        """Whether a trigger fired that only an absent person could answer: then nothing further is started.

        In a demo it is left to the checklist's own judgements to find what is wrong.
        """
        if self._signs_all or state.rollback or state.paused_by or is_expected(state):
            return False
        return bool(fired(state)) and not troubles(state)

    async def _send(self, intent: AnyIntent) -> bool:
        answer = await self._engine.submit(intent)
        if not answer.accepted and not isinstance(intent, Stop):
            await self._engine.submit(Stop(by=self._name, reason=answer.message))
        return True

    def _answer(self, state: RunState, step_id: str, one: StepState) -> AnyIntent | None:
        ask = one.ask
        if ask is None:
            return None
        match ask.kind:
            case "sign":
                return self._sign(step_id, one, ask)
            case "value":
                return self._value(state, ask)
            case "confirm":
                given = self._attestations.get(step_id)
                by = given[0].by if given else self._name
                return Confirm(by=by, step=step_id, word=ask.word) if given or self._signs_all else None
            case "rollback":
                reason = f"{state.step(step_id).title}"
                return self._roll_back(ask.procedure, reason) if self._signs_all else None

    def _sign(self, step_id: str, one: StepState, ask: Ask) -> AnyIntent | None:
        done = {signature.by.casefold() for signature in one.signatures}
        for given in self._attestations.get(step_id, ()):
            if given.by.casefold() not in done:
                note = given.note or ("" if given.evidence else ask.because)
                return Sign(by=given.by, steps=(step_id,), note=note, evidence=given.evidence)
        if self._signs_all:
            by = self._name if not done else f"{self._name} {len(done) + 1}"
            return Sign(by=by, steps=(step_id,), note="signed by the demo, nobody looked")
        return None

    def _value(self, state: RunState, ask: Ask) -> AnyIntent | None:
        for name in ask.names:
            if name in state.values:
                continue
            asked = state.checklist.ask.get(name)
            value = self._values.get(name) or (asked.default if asked else "")
            return GiveValue(by=self._name, name=name, value=value) if value else None
        return None

    def _roll_back(self, procedure: str, reason: str) -> RollBack:
        return RollBack(by=self._name, procedure=procedure, word="rollback", reason=reason)

    def _stuck(self, state: RunState) -> bool:
        if any(one.status == "running" for one in state.steps.values()):
            return False
        due = plan(state, self._now())
        return not (due.start or due.ask or due.skip or due.finish or due.wake_at)

    def _why(self, state: RunState) -> str:
        held = troubles(state)
        if held:
            return f"{held[0].id} {state.steps[held[0].id].status}: {state.steps[held[0].id].reason}"
        if state.paused_by and fired(state):
            return state.paused_why
        for step_id, one in state.steps.items():
            if one.status == "waiting" and one.ask:
                wants = {"sign": "an attestation", "value": "a value", "confirm": "a confirmation"}
                want = wants.get(one.ask.kind, "a person")
                if one.signatures:
                    signed = ", ".join(signature.by for signature in one.signatures)
                    want = f"another attestation ({len(one.signatures)} of {one.ask.people} signed: {signed})"
                return f"{step_id} waits for {want}: {one.ask.because or one.ask.prompt}"
        return state.paused_why or "nothing is due"
