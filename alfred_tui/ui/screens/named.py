"""The objects that a pod or a workload names, and whether each is there; a key from the YAML of each."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from alfred_tui.domain.cluster.named import NamedObject
from alfred_tui.domain.errors import CockpitError
from alfred_tui.ui.look import Piece, Tone
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.columns import Cell, TableColumn, cell
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.line_table import LineTable
from alfred_tui.ui.widgets.run_line import RunLine


class NamedScreen(Screen[None]):
    """Read when it is opened, and again on `r`."""

    AUTO_FOCUS = "#named"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "yaml", "YAML", id="named-yaml", tooltip="the object as YAML, without secrets"),
        Binding("y", "yaml", "YAML", show=False),
        Binding("r", "read", "read again", id="named-read", tooltip="read them again"),
        Binding("escape", "app.pop_screen", "back", id="named-back"),
    ]

    def __init__(self, cockpit: Cockpit, kind: str, namespace: str, name: str) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._subject = (kind, namespace, name)
        self._objects = _NamedObjects(
            "NAMES",
            [
                TableColumn(title="KIND", cell=_kind, key=lambda one: one.kind, width=9, needs=_kind_width),
                TableColumn(
                    title="NAME", cell=_name, key=lambda one: one.name, width=16, needs=_name_width,
                    widest=48, middle=True,
                ),
                TableColumn(title="STATE", cell=_state, key=lambda one: one.there, width=12),
                TableColumn(title="FOR", cell=_uses, key=lambda one: one.uses, width=12, grow=4),
            ],
            lambda one: (one.kind, one.name),
            id="named",
        )  # fmt: skip

    def compose(self) -> ComposeResult:
        yield RunLine(self.cockpit)
        yield self._objects
        yield KeysBar([Key("named-yaml", 1), Key("named-read", 2), Key("named-back", 0)])

    def on_mount(self) -> None:
        self._head()
        self.action_read()

    def action_read(self) -> None:
        self.run_worker(self._read(), group="read", exclusive=True, exit_on_error=False)

    async def _read(self) -> None:
        if self.cockpit.cluster is None:
            return
        try:
            found = await self.cockpit.cluster.named(*self._subject)
        except CockpitError as error:
            self._objects.frame.notes((("! ", "warn"), (clean(str(error)), "warn")))
            return
        self._objects.read = True
        self._objects.load(found)
        self.on_line_view_moved()
        missing = sum(1 for one in found if one.needed and one.there in ("absent", "lacks keys"))
        self._head((f"  ✘ {missing} missing", "bad") if missing else ("", "plain"))

    def _head(self, *told: Piece) -> None:
        kind, namespace, name = self._subject
        self._objects.frame.heading("NAMES", (f" {kind} {clean(namespace)}/{clean(name)}", "muted"), *told)

    def action_yaml(self) -> None:
        if (one := self._objects.current) is not None:
            from alfred_tui.ui.screens.yaml import YamlScreen

            self.app.push_screen(YamlScreen(self.cockpit, one.kind, self._subject[1], one.name))

    def on_line_view_chosen(self) -> None:
        self.action_yaml()

    def on_line_view_moved(self) -> None:
        """Tells the row under the cursor whole: what it is named for may be longer than its column."""
        if (one := self._objects.current) is not None:
            self._objects.frame.notes((*_state(one), ("  ", "plain"), *_uses(one)))


class _NamedObjects(LineTable[NamedObject]):
    read = False

    def empty(self) -> str:
        return "It names no other object." if self.read else "Reading…"


def _kind(one: NamedObject) -> Cell:
    return cell(clean(one.kind), "muted")


def _kind_width(rows: Sequence[NamedObject]) -> int:
    return max((len(one.kind) for one in rows), default=0)


def _name_width(rows: Sequence[NamedObject]) -> int:
    return max((len(one.name) for one in rows), default=0)


def _name(one: NamedObject) -> Cell:
    return cell(clean(one.name))


def _state(one: NamedObject) -> Cell:
    if one.there == "there":
        return cell("✔ there", "good")
    glyph, tone = _look(one)
    return cell(f"{glyph} {one.there}", tone)


def _look(one: NamedObject) -> tuple[str, Tone]:
    if one.there in ("absent", "lacks keys"):
        return ("✘", "bad") if one.needed else ("·", "muted")
    return "?", "warn"


def _uses(one: NamedObject) -> Cell:
    why = f"no key {one.why}" if one.there == "lacks keys" else one.why
    uses: Piece = (clean(", ".join(one.uses)), "plain")
    return ((clean(why), _look(one)[1]), (" · ", "muted"), uses) if why else (uses,)
