"""The one place where keys become intents: what a lead can do with a step, and with the run."""

import time
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.screen import Screen

from alfred_tui.domain.document.actions import Attest
from alfred_tui.domain.run.intents import (
    AnyIntent,
    Cancel,
    Continue,
    Pause,
    Retry,
    Sign,
    Skip,
    StopCountdown,
)
from alfred_tui.present.acts import WORDS, Act, acts, next_waiting
from alfred_tui.present.run import Detail, begins_at_once, detail, grounds
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.widgets.keys_bar import Key

if TYPE_CHECKING:
    from alfred_tui.ui.app import CockpitApp
    from alfred_tui.ui.screens.asking import Dialog

_BAD = ("failed", "error", "inconclusive", "cancelled", "interrupted")
STOPS = "stop the rollback"
"""What a key says that stops the countdown of a rollback."""

_OF_STEP = frozenset({"act", "sign", "skip", "retry", "cancel", "reopen"})
_WRITES = _OF_STEP | {"pause", "declare", "stop", "stop_countdown"}
_BINDING: dict[Act, str] = {
    "sign": "sign", "value": "act", "confirm": "act", "rollback": "act", "decide": "act",
    "cancel": "cancel", "reopen": "reopen", "skip": "skip", "na": "na", "retry": "retry",
}  # fmt: skip
"""By which binding each act is done."""


class ActingScreen(Screen[None]):
    """A screen with a current step, on which the keys act."""

    app: "CockpitApp"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "act", "note or answer", id="act", tooltip="answer what the step waits for"),
        Binding("space", "sign", "sign off", id="sign", tooltip="sign off with your name and the time"),
        Binding("n", "skip(True)", "not applicable", id="na", tooltip="not applicable because …"),
        Binding("s", "skip(False)", "skip", id="skip", tooltip="skip, with a reason"),
        Binding("r", "retry", "retry", id="retry", tooltip="again what ended badly, or is up for review"),
        # Before `cancel`: while the rollback's countdown runs, x is for that.
        Binding("x", "stop_countdown", STOPS, id="stop-countdown", tooltip="no rollback by itself"),
        Binding("x", "cancel", "cancel", id="cancel", tooltip="cancel a running step"),
        Binding("o", "reopen", "re-open", id="reopen", tooltip="re-open a settled step"),
        Binding(
            "right_square_bracket", "next_waiting(1)", "next for you", key_display="]", id="next",
            tooltip="the next step that waits for a person",
        ),
        Binding(
            "left_square_bracket", "next_waiting(-1)", "previous for you", key_display="[", id="previous",
            tooltip="the step before that waits for a person",
        ),
        Binding("p", "pause", "pause", id="pause", tooltip="start no further step; again to go on"),
        Binding("D", "declare", "declare", id="declare", tooltip="declare a rollback trigger"),
        Binding("X", "stop", "stop", id="stop", tooltip="end the run here, with a reason"),
    ]  # fmt: skip

    HOLD_STILL = 0.5
    """Seconds for which a key is not taken for a step that has just come under the cursor by itself: it was
    meant for the one before."""

    cockpit: Cockpit
    selected = ""
    """The row that the keys act on: a step, or a heading (then they do nothing)."""
    _came_by_itself = 0.0

    # What a subclass has

    def marked_ids(self) -> set[str]:
        """The steps that are marked."""
        raise NotImplementedError

    def unmark(self) -> None:
        """Forgets the marks, after they were acted on."""
        raise NotImplementedError

    def select(self, step_id: str) -> None:
        """Puts the cursor on a step, and shows it."""
        raise NotImplementedError

    def jumped(self, step_id: str) -> None:
        """A key brought the lead to a step, which was selected for them."""
        raise NotImplementedError

    def acted(self) -> None:
        """An intent was accepted."""
        raise NotImplementedError

    def step_in_view(self) -> bool:
        """Whether the step that the keys act on can be seen."""
        raise NotImplementedError

    # The current step

    def current(self) -> Detail | None:
        """The step that the keys act on."""
        return detail(self.cockpit.run.state, self.selected, self.cockpit.now()) if self.selected else None

    def marked(self) -> tuple[Detail, ...]:
        """The marked steps in order, or the current one."""
        state, now = self.cockpit.run.state, self.cockpit.now()
        chosen = self.marked_ids()
        found = [detail(state, step_id, now) for step_id in state.steps if step_id in chosen]
        one = self.current()
        return tuple(step for step in found if step) or ((one,) if one else ())

    def came_by_itself(self) -> None:
        """Another step is under the cursor, and no person moved it there."""
        self._came_by_itself = time.monotonic()

    def was_moved(self) -> None:
        """A person moved the cursor: the next key is meant for what is under it."""
        self._came_by_itself = 0.0

    def _moved_away(self) -> bool:
        """Whether a key must be taken for one that was meant for the step before."""
        if self.marked_ids() or time.monotonic() - self._came_by_itself >= self.HOLD_STILL:
            return False
        self.notify("The cursor has just moved on to this step; press again if you mean it.", timeout=4)
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A watcher's acts are absent, not greyed; what acts on a step wants it in view."""
        if action in _WRITES and self.cockpit.submit is None:
            return False
        if action == "stop_countdown":
            return self.cockpit.run.state.countdown is not None
        return action not in _OF_STEP or self.step_in_view()

    def act_keys(self) -> list[Key]:
        """The keys that would be accepted for the current step, the nearest first."""
        state = self.cockpit.run.state
        if self.cockpit.submit is None:
            return []
        count = len(self.marked_ids())
        if count:
            many = f"{count} marked"
            return [Key("sign", 0, f"sign {many}", "accent"), Key("na", 3, f"{many} not applicable")]
        found = acts(state, self.selected)
        keys = [Key(_BINDING[act], 3 + n if n else 0, WORDS[act], "plain") for n, act in enumerate(found)]
        if found[:1] == ("sign",):
            keys.insert(1, Key("act", 2, "sign with a note", "plain"))
        return keys

    # Intents

    async def send(self, intent: AnyIntent | None) -> bool:
        """Sends an intent; a refusal is told in its own words."""
        if intent is None or self.cockpit.submit is None:
            return False
        answer = await self.cockpit.submit(intent)
        if answer.accepted:
            self.acted()
        else:
            self.notify(answer.message, severity="warning", timeout=10)
        return answer.accepted

    def ask(self, dialog: "Dialog") -> None:
        """Opens a dialog, and sends what it answers."""
        dialog.follow(self.cockpit.run)

        def answered(intent: AnyIntent | None) -> None:
            self.run_worker(self._answered(intent))

        self.app.push_screen(dialog, answered)

    async def _answered(self, intent: AnyIntent | None) -> None:
        if await self.send(intent) and isinstance(intent, Sign | Skip):
            self.unmark()

    async def action_sign(self) -> None:
        """One key: name and time. Where a note is needed, or several people, it asks."""
        steps = self.marked()
        if not steps or self._moved_away():
            return
        lead = self.cockpit.lead
        signed = any(lead.casefold() in [s.by.casefold() for s in one.signatures] for one in steps)
        from alfred_tui.ui.screens.dialogs import SignDialog, needs_words

        if not lead or signed or any(needs_words(one) for one in steps):
            self.ask(SignDialog(steps, lead))
        elif await self.send(Sign(by=lead, steps=tuple(one.id for one in steps))):
            self.unmark()

    def action_act(self) -> None:
        """Answers what the step waits for."""
        from alfred_tui.ui.screens import dialogs

        step = self.current()
        if step is None or self._moved_away():
            return
        lead, ask, state = self.cockpit.lead, step.ask, self.cockpit.run.state
        if ask and ask.kind == "value":
            names = [one for one in ask.names if one not in state.values]
            if names:
                self.ask(dialogs.ValueDialog(names[0], state.checklist.ask.get(names[0]), ask.prompt, lead))
        elif ask and ask.kind == "confirm":
            preview = self.cockpit.preview if state.step(step.id).preview else None
            self.ask(dialogs.ConfirmDialog(step, lead, grounds(state, step.id), preview))
        elif ask and ask.kind == "rollback":
            self.app.open_rollback(ask.procedure)
        elif ask or (step.status == "pending" and isinstance(state.step(step.id).action, Attest)):
            self.ask(dialogs.SignDialog(self.marked(), lead))
        elif step.status in _BAD:
            self.ask(dialogs.DecideDialog(step, lead, self._begins((step,))))

    def action_skip(self, not_applicable: bool) -> None:
        from alfred_tui.ui.screens.dialogs import SkipDialog

        steps = self.marked()
        if steps and not self._moved_away():
            begins = self._begins(steps)
            self.ask(SkipDialog(steps, self.cockpit.lead, begins, not_applicable=not_applicable))

    def _begins(self, steps: tuple[Detail, ...]) -> str:
        """What changes the environment as soon as these are settled."""
        return begins_at_once(self.cockpit.run.state, [one.id for one in steps], self.cockpit.now())

    async def action_retry(self) -> None:
        from alfred_tui.ui.screens.dialogs import DecideDialog

        step = self.current()
        if step is None or self._moved_away():
            return
        if step.can_repeat or step.status not in _BAD:
            await self.send(Retry(by=self.cockpit.lead, step=step.id))
        else:
            self.ask(DecideDialog(step, self.cockpit.lead, self._begins((step,))))

    async def action_stop_countdown(self) -> None:
        if await self.send(StopCountdown(by=self.cockpit.lead)):
            self.notify("Stopped: the rollback does not start by itself. ctrl+r opens it.", timeout=10)

    async def action_cancel(self) -> None:
        """Cancels a check at once; for a change under way it asks, since what it did stays done."""
        step = self.current()
        if step is None or self._moved_away():
            return
        if step.is_change and step.status == "running":
            from alfred_tui.ui.screens.run_dialogs import CancelDialog

            self.ask(CancelDialog(step, self.cockpit.lead))
        else:
            await self.send(Cancel(by=self.cockpit.lead, step=step.id))

    def action_reopen(self) -> None:
        from alfred_tui.ui.screens.dialogs import ReopenDialog

        step = self.current()
        if step and not self._moved_away():
            self.ask(ReopenDialog(step, self.cockpit.lead))

    def action_next_waiting(self, by: int) -> None:
        found = next_waiting(self.cockpit.run.state, self.selected, by)
        if found:
            self.select(found)
            self.jumped(found)
        else:
            self.notify("Nothing waits for a person now.", timeout=3)

    async def action_pause(self) -> None:
        state, lead = self.cockpit.run.state, self.cockpit.lead
        on = state.paused_by or state.was_stopped
        await self.send(Continue(by=lead) if on else Pause(by=lead))

    def action_declare(self) -> None:
        from alfred_tui.ui.screens.run_dialogs import DeclareDialog

        rules = self.cockpit.run.state.checklist.rollback.triggers
        if rules:
            self.ask(DeclareDialog(rules, self.cockpit.run.state, self.cockpit.lead))
        else:
            self.notify("This checklist has no rollback triggers.", severity="warning")

    def action_stop(self) -> None:
        from alfred_tui.ui.screens.run_dialogs import StopDialog

        self.ask(StopDialog(self.cockpit.lead))
