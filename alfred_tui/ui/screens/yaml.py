"""One object as YAML, searchable; without managedFields, and with secrets hidden before it comes here."""

import re
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from alfred_tui.domain.errors import CockpitError
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.found_text import FoundText
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.run_line import RunLine
from alfred_tui.ui.widgets.search_box import SearchBox
from alfred_tui.ui.wrapping import TonedLine

_FIELD = re.compile(r"^( *(?:- )?)([^ :][^:]*:)( .*|$)")


class YamlScreen(Screen[None]):
    """Read when it is opened, and again on `r`."""

    AUTO_FOCUS = "#yaml"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "search", key_display="/", id="yaml-search", tooltip="search"),
        Binding("r", "read", "read again", id="yaml-read", tooltip="read it again"),
        Binding("escape", "back", "back", id="yaml-back", tooltip="end the search, or leave"),
    ]

    def __init__(self, cockpit: Cockpit, kind: str, namespace: str, name: str) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._object = (kind, namespace, name)
        self._text = FoundText("YAML", id="yaml")
        self._keys = KeysBar(
            [Key("yaml-search", 1), Key("match-next", 3), Key("yaml-read", 2), Key("yaml-back", 0)]
        )
        self._box: SearchBox | None = None

    def compose(self) -> ComposeResult:
        yield RunLine(self.cockpit)
        yield self._text
        yield self._keys

    async def on_mount(self) -> None:
        kind, namespace, name = self._object
        self._text.frame.heading("YAML", (f" {kind} {clean(namespace)}/{clean(name)}", "muted"))
        self.action_read()

    def action_read(self) -> None:
        self.run_worker(self._read(), group="read", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        if self.cockpit.cluster is None:
            return
        try:
            lines = await self.cockpit.cluster.yaml(*self._object)
        except CockpitError as error:
            self._text.write([(("! ", "warn"), (clean(str(error)), "warn"))])
            return
        self._text.write([_toned(clean(line)) for line in lines])

    def action_search(self) -> None:
        if self._box is None:
            self._box = SearchBox(self._text.finds, self._text.needle)
            self._keys.display = False
            self.mount(self._box)

    def on_search_box_typed(self, event: SearchBox.Typed) -> None:
        if self._box is not None and event.value != self._text.needle:
            self._text.find(event.value)

    def on_search_box_kept(self) -> None:
        self._close_box()

    def _close_box(self) -> None:
        if self._box is not None:
            self._box.remove()
            self._box = None
            self._keys.display = True
            self._text.focus()

    def action_back(self) -> None:
        """Ends the search, then leaves."""
        if self._box is not None or self._text.needle:
            self._text.find("")
            self._close_box()
        else:
            self.dismiss()


def _toned(line: str) -> TonedLine:
    found = _FIELD.match(line)
    if found is None:
        return ((line, "plain"),)
    return ((found[1] + found[2], "busy"), (found[3], "plain"))
