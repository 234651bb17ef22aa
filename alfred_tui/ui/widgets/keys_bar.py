"""The bottom line: the keys that do something now, read from the bindings that are active."""

from collections.abc import Sequence

import msgspec
from textual.binding import Binding
from textual.dom import DOMNode

from alfred_tui.ui.look import Tone
from alfred_tui.ui.text import width_of
from alfred_tui.ui.widgets.bar import Bar, Part


class Key(msgspec.Struct, frozen=True):
    """A key that the line may show. Where room is short, the highest `importance` goes first."""

    id: str
    """Of its binding; one that is not active now is left out."""
    importance: int
    words: str = ""
    """What it does, where that depends on the step; else the binding's own words."""
    tone: Tone = "muted"


class _Shown(msgspec.Struct, frozen=True):
    key: str
    words: str
    tone: Tone
    importance: int
    namespace: DOMNode
    action: str


class KeysBar(Bar):
    """One line; each key can be clicked."""

    DEFAULT_CSS = "KeysBar { dock: bottom; }"

    def __init__(self, keys: Sequence[Key] = ()) -> None:
        super().__init__()
        self._keys = tuple(keys)
        self._shown: tuple[_Shown, ...] = ()

    def on_mount(self) -> None:
        self.load(self._keys)

    def reload(self) -> None:
        """Looks again at which of its keys are active."""
        self.load(self._keys)

    def load(self, keys: Sequence[Key]) -> None:
        """Shows those of `keys` that are active on the screen now."""
        self._keys = tuple(keys)
        active: dict[str, tuple[DOMNode, Binding]] = {}
        for one in self.screen.active_bindings.values():
            if one.binding.id and one.enabled:
                active.setdefault(one.binding.id, (one.node, one.binding))
        shown = []
        for key in keys:
            if key.id in active:
                node, binding = active[key.id]
                display = self.app.get_key_display(binding)
                words = key.words or binding.description
                shown.append(_Shown(display, words, key.tone, key.importance, node, binding.action))
        if tuple(shown) != self._shown:
            self._shown = tuple(shown)
            self.refresh()

    def parts(self, width: int) -> Sequence[Part]:
        kept = list(enumerate(self._shown))
        while len(kept) > 1 and sum(_width(one) + 2 for _, one in kept) > width:
            kept.remove(max(kept, key=lambda one: (one[1].importance, one[0])))
        out: list[Part] = []
        for index, one in kept:
            out += [(f" {one.key}", "busy", str(index)), (f" {one.words} ", one.tone, str(index))]
        return out

    def chosen(self, target: str) -> None:
        one = self._shown[int(target)]
        self.app.run_worker(self.app.run_action(one.action, one.namespace))


def _width(one: _Shown) -> int:
    return width_of(one.key) + width_of(one.words) + 1
