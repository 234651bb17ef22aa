"""The logs screen's source: pods from the live store, lines from the cluster without the run's secrets."""

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.cli.secrets import read_secrets
from alfred_tui.domain.cluster.pod_choice import pod_choice
from alfred_tui.domain.errors import CockpitError
from alfred_tui.domain.logs.lines import LogLine, LogsView, LogsWanted
from alfred_tui.domain.logs.rule import error_rule
from alfred_tui.domain.redaction import Redactor
from alfred_tui.domain.run.state import RunState

if TYPE_CHECKING:
    from alfred_tui.cli.feeds import ClusterFeed
    from alfred_tui.cluster.logs.log_follow import LogFollow

Take = Callable[[Sequence[LogLine]], None]


def secrets_around(names: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Those of the checklist's secrets that a watcher has at hand: they are hidden here, too.

    A command that prints one is not run: it may ask somebody for something.
    """
    found: dict[str, str] = {}
    for name in names:
        with contextlib.suppress(CockpitError):
            at_hand = {key: value for key, value in environ.items() if key in (name, f"{name}_FILE")}
            found |= read_secrets([name], at_hand)
    return found


class ClusterLogs:
    """Follows over the feed's connection, once it is there."""

    def __init__(
        self, feed: "ClusterFeed", state: Callable[[], RunState], secrets: Mapping[str, str], folder: Path
    ) -> None:
        self._feed = feed
        self._state = state
        self._hide = Redactor(secrets)
        self._folder = folder

    def follow(self, wanted: LogsWanted, take: Take) -> "_Following":
        """Begins to read, and gives the lines in batches. Raises Usage when no pods are meant."""
        pod_choice(wanted.pods)
        return _Following(self._feed, wanted, take, self._hide, self._state)

    async def save(self, path: str, lines: Sequence[str]) -> str:
        """Writes a new file that only its owner may read; where it is. Raises CockpitError."""
        return str(await asyncio.to_thread(_write, self._folder, path, lines))


def _write(folder: Path, name: str, lines: Sequence[str]) -> Path:
    path = folder / name
    try:
        path = folder / Path(name).expanduser()
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        return path
    except FileExistsError as error:
        raise CockpitError(
            f"{path} exists already and was left as it is.", hint="Name another file."
        ) from error
    except (OSError, ValueError, RuntimeError) as error:
        why = getattr(error, "strerror", None) or error
        raise CockpitError(
            f"The log could not be saved to {path}: {why}.", hint="Name another file."
        ) from error


class _Following:
    """Begins as soon as the cluster is connected."""

    def __init__(
        self,
        feed: "ClusterFeed",
        wanted: LogsWanted,
        take: Take,
        hide: Redactor,
        state: Callable[[], RunState],
    ) -> None:
        self._feed = feed
        self._asked = (wanted, take, hide, state)
        self._follow: LogFollow | None = None
        self._leave: Callable[[], None] | None = feed.subscribe(self._begin)
        self._begin()

    def _begin(self) -> None:
        if self._follow is None and self._feed.live is not None:
            self._follow = _made(self._feed, *self._asked)
            self._unsubscribe()

    def _unsubscribe(self) -> None:
        if self._leave is not None:
            self._leave()
            self._leave = None

    def view(self) -> LogsView:
        """Which logs are read; before there is a connection, why not."""
        if self._follow is not None:
            return self._follow.view()
        return LogsView(message=self._feed.view().pods_freshness.message or "Connecting to the cluster…")

    async def close(self) -> None:
        """Ends all streams."""
        self._unsubscribe()
        if self._follow is not None:
            await self._follow.close()


def _made(
    feed: "ClusterFeed", wanted: LogsWanted, take: Take, hide: Redactor, state: Callable[[], RunState]
) -> "LogFollow":
    from alfred_tui.cluster.logs.log_follow import LogFollow

    assert feed.live is not None
    rule = error_rule(state().checklist)
    follow = LogFollow(feed.live.connection, feed.live, wanted, take, hide=hide, rule=rule)
    follow.start()
    return follow
