"""A line of things told, of which what matters least is shortened, then left out, where room is short."""

from collections.abc import Sequence

import msgspec

from alfred_tui.ui.look import Tone
from alfred_tui.ui.text import cut, width_of
from alfred_tui.ui.widgets.bar import Bar, Part

_GAP = 2


class Told(msgspec.Struct, frozen=True):
    """One thing that is told, in words of falling length; the last may be nothing."""

    importance: int
    """Where room is short, the highest number is shortened first; among equals what is the least so far."""
    texts: tuple[str, ...]
    tone: Tone
    target: str = ""
    """The action that a click on it is for; empty: none."""


class ToldBar(Bar):
    """Such a line; a click on what has a target does that action on the screen."""

    def __init__(self) -> None:
        super().__init__()
        self._told: tuple[tuple[Told, ...], tuple[Told, ...]] = ((), ())

    def tell(self, left: Sequence[Told], right: Sequence[Told]) -> None:
        """Shows these, at the left end and at the right."""
        told = tuple(left), tuple(right)
        if told != self._told:
            self._told = told
            self.refresh()

    def parts(self, width: int) -> Sequence[Part]:
        return told_parts(*self._told, width)

    def chosen(self, target: str) -> None:
        self.app.run_worker(self.app.run_action(target, self.screen))


def told_parts(left: Sequence[Told], right: Sequence[Told], width: int) -> list[Part]:
    """What fits into `width` cells, the left at the left end and the right at the right end."""
    told = [*left, *right]
    level = [0] * len(told)

    def text(index: int) -> str:
        return told[index].texts[level[index]]

    def used() -> int:
        return sum(width_of(text(i)) + _GAP for i in range(len(told)) if text(i)) + 1

    while used() > width:
        able = [i for i in range(len(told)) if level[i] < len(told[i].texts) - 1]
        if not able:
            break
        level[max(able, key=lambda i: (told[i].importance, -level[i], i))] += 1
    shown: list[Part] = [(" ", "plain", "")]
    for index, one in enumerate(told):
        if index == len(left):
            shown.append((" " * max(0, width - used()), "plain", ""))
        if text(index):
            shown += [(cut(text(index), width - 2), one.tone, one.target), (" " * _GAP, "plain", "")]
    return shown
