"""What an act on a workload will do, said exactly, before it is done; destructive ones want a typed word."""

from collections.abc import Callable

from textual.app import ComposeResult

from alfred_tui.domain.cluster.workload_acts import ACT_WORDS, ActKind, WorkloadKind
from alfred_tui.domain.cluster.workloads import RevisionView, RolloutView
from alfred_tui.domain.run.intents import ActOnWorkload, AnyIntent
from alfred_tui.present.workload_acts import will
from alfred_tui.ui.screens.asking import Dialog, field


class WorkloadDialog(Dialog):
    """`still` says why the answer no longer holds for what is shown by now, or nothing."""

    def __init__(
        self,
        rollout: RolloutView,
        kind: WorkloadKind,
        act: ActKind,
        lead: str,
        still: Callable[[], str],
        back: RevisionView | None = None,
    ) -> None:
        self.verb = act
        self.grave = act in ACT_WORDS
        where = f" to revision {back.number}" if back else ""
        super().__init__(
            f"{act.capitalize()} {kind} {rollout.name} in {rollout.namespace}{where}",
            told="\n".join(will(rollout, act, back)),
        )
        self._rollout, self._kind, self._act, self._lead = rollout, kind, act, lead
        self._still = still
        self._revision = back.number if back else 0

    def fields(self) -> ComposeResult:
        if word := ACT_WORDS.get(self._act):
            yield from field(f"Type {word} to do it", "word")
        yield from field("Note (stays in the report)", "note")

    def answer(self) -> AnyIntent | str:
        word = ACT_WORDS.get(self._act, "")
        if word and self.text("word") != word:
            return f"Type {word}; nothing has been done."
        if why := self._still():
            return f"{why} Nothing has been done; esc, and look again."
        return ActOnWorkload(
            by=self._lead, kind=self._kind, name=self._rollout.name, namespace=self._rollout.namespace,
            act=self._act, revision=self._revision, word=word, note=self.text("note"),
        )  # fmt: skip
