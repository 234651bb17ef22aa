"""One pod in full: why it is not well, containers, conditions, events, owners; its logs and its YAML."""

import time
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from alfred_tui.domain.cluster.pod_detail import PodDetail
from alfred_tui.domain.cluster.workloads import ClusterView, Pod
from alfred_tui.domain.errors import CockpitError
from alfred_tui.present.beginnings import during
from alfred_tui.ui.ports import Cockpit
from alfred_tui.ui.screens.pod_words import about_lines, event_lines, title_pieces
from alfred_tui.ui.text import clean
from alfred_tui.ui.widgets.keys_bar import Key, KeysBar
from alfred_tui.ui.widgets.run_line import RunLine
from alfred_tui.ui.widgets.toned_text import TonedText
from alfred_tui.ui.wrapping import TonedLine

if TYPE_CHECKING:
    from alfred_tui.ui.app import CockpitApp

_WIDE = 110
_SOON = 2.0
"""Seconds between two readings of a pod that changes, at least."""
_AGAIN = 10.0
"""Seconds after which it is read again in any case: its events change without it."""


class PodScreen(Screen[None]):
    """Read when it is opened, when its row changes and now and then; what is gone stays as it was last."""

    app: "CockpitApp"

    AUTO_FOCUS = "#pod-about"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "logs", "logs", id="pod-logs", tooltip="its logs, followed"),
        Binding("y", "yaml", "YAML", id="pod-yaml", tooltip="the object as YAML, without secrets"),
        Binding("o", "named", "names", id="pod-named", tooltip="the Secrets, ConfigMaps, … that it names"),
        Binding("tab", "app.focus_next", "events", id="pod-events", tooltip="its events, or back"),
        Binding("escape", "app.pop_screen", "back", id="pod-back"),
    ]
    DEFAULT_CSS = """
    PodScreen #pod-about { width: 3fr; height: 100%; }
    PodScreen #pod-events { width: 2fr; height: 100%; }
    PodScreen Horizontal { height: 1fr; }
    PodScreen.-narrow #pod-events { display: none; }
    """

    def __init__(self, cockpit: Cockpit, namespace: str, name: str) -> None:
        super().__init__()
        self.cockpit = cockpit
        self._pod = (namespace, name)
        self._detail: PodDetail | None = None
        self._problem = ""
        self._seen: Pod | None = None
        self._read_at = -_AGAIN
        self._about = TonedText("POD", id="pod-about")
        self._events = TonedText("EVENTS", id="pod-events")

    def compose(self) -> ComposeResult:
        yield RunLine(self.cockpit)
        yield Horizontal(self._about, self._events)
        yield KeysBar(
            [
                Key("pod-logs", 1),
                Key("pod-yaml", 2),
                Key("pod-named", 3),
                Key("pod-events", 4),
                Key("pod-back", 0),
            ]
        )

    def on_mount(self) -> None:
        self._events.frame.ruled = True
        self._fit()
        self.set_interval(0.5, self._look)
        self._look()

    def on_resize(self) -> None:
        self._fit()

    def _fit(self) -> None:
        self.set_class(self.app.size.width < _WIDE, "-narrow")
        self._draw()

    # Content

    def _row(self, view: ClusterView) -> Pod | None:
        namespace, name = self._pod
        return next((one for one in view.pods if one.name == name and one.namespace == namespace), None)

    def _look(self) -> None:
        """Reads again what has changed, at a bounded pace; draws what time alone moves."""
        cluster = self.cockpit.cluster
        if cluster is None:
            return
        row, since = self._row(cluster.view()), time.monotonic() - self._read_at
        if since >= _AGAIN or (row is not self._seen and since >= _SOON):
            self._seen, self._read_at = row, time.monotonic()
            self.run_worker(self._read(), group="read", exclusive=True, exit_on_error=False)
        self._draw()

    async def _read(self) -> None:
        assert self.cockpit.cluster is not None
        try:
            self._detail = await self.cockpit.cluster.pod(*self._pod)
            self._problem = ""
        except CockpitError as error:
            self._problem = str(error)
        self._draw()

    def _draw(self) -> None:
        if not self.is_attached or self.cockpit.cluster is None:
            return
        view, now, detail = self.cockpit.cluster.view(), self.cockpit.now(), self._detail
        _, name = self._pod
        told = clean(self._problem)
        trouble: list[TonedLine] = [(("! ", "warn"), (told, "warn"))] if told else []
        if detail is None:
            self._about.frame.heading(f"POD {clean(name)}")
            self._about.write(trouble or [(("Reading…", "muted"),)])
            return
        gone = self._problem if self._row(view) is None else ""
        self._about.frame.heading(f"POD {clean(name)}", *title_pieces(detail.row, view.pods_freshness, gone))
        used = next((one for one in view.usage if (one.namespace, one.name) == self._pod), None)
        usage = {one.name: one for one in used.containers} if used else {}
        events = event_lines(detail, now)
        below: list[TonedLine] = [(), (("EVENTS", "strong"),), *events] if self.has_class("-narrow") else []
        self._about.write([*trouble, *about_lines(detail, usage, now, self._during), *below])
        self._events.write(events)

    def _during(self, at: float) -> str:
        return during(self.cockpit.run.state, at)

    # Keys

    def action_logs(self) -> None:
        namespace, name = self._pod
        self.app.open_logs(f"pod/{name}", namespace)

    def action_yaml(self) -> None:
        self.app.open_yaml("Pod", *self._pod)

    def action_named(self) -> None:
        self.app.open_named("Pod", *self._pod)
