"""What was seen of the triggers in the soak: a silence that could hide a breach leaves its end unknown."""

from collections.abc import Iterable

from alfred_tui.domain.document.checklist import TriggerRule
from alfred_tui.domain.duration import format_elapsed
from alfred_tui.domain.run.triggers import SILENT_AFTER, subjects

Key = tuple[str, str]
"""A rule's id and the name of what it is watched for."""


class SoakSeen:
    """The longest silence of each rule and subject since the run was done. Times are seconds of the run."""

    def __init__(self) -> None:
        self._heard: dict[Key, float] = {}
        self._silent: dict[Key, float] = {}
        self._why: dict[Key, str] = {}

    def heard(self, key: Key, at: float, gap: str, ended_at: float | None) -> None:
        """Takes note of a sample; `gap` says why it is none. `ended_at`: of the run, if it is done."""
        if ended_at is not None:
            # Who comes to a soak that has begun has seen nothing of it until now.
            self._silent[key] = max(self._silent.get(key, 0.0), at - self._heard_in(key, ended_at))
        if gap:
            self._why[key] = gap
        else:
            self._heard[key] = at

    def unseen(self, rules: Iterable[TriggerRule], ended_at: float, now: float) -> str:
        """The rules that were not seen for longer than a breach must last; empty when there is none."""
        return "; ".join(told for rule in rules if (told := self._of(rule, ended_at, now)))

    def _of(self, rule: TriggerRule, ended_at: float, now: float) -> str:
        allowed = max(rule.sustained, SILENT_AFTER * rule.interval)
        found: dict[str, float] = {}
        for one in subjects(rule):
            key = (rule.id, one.name)
            silent = max(self._silent.get(key, 0.0), now - self._heard_in(key, ended_at))
            if silent > allowed:
                found[one.name] = silent
        if not found:
            return ""
        first = max(found, key=lambda name: found[name])
        of = f" of {', '.join(found)}" if first else ""
        why = self._why.get((rule.id, first), "nobody asked")
        return f"trigger {rule.id}{of} was not seen for {format_elapsed(found[first])} ({why})"

    def _heard_in(self, key: Key, ended_at: float) -> float:
        return max(self._heard.get(key, ended_at), ended_at)
