"""How far each part of the live picture may be believed, and why not, in words that name what is missing."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from alfred_tui.cluster.live.server_link import ServerLink
from alfred_tui.cluster.live.usage import UsagePoller
from alfred_tui.cluster.objects.resources import NODE_METRICS, POD_METRICS, Resource
from alfred_tui.cluster.store.freshness import Hearing, worst_of
from alfred_tui.cluster.store.permissions import Permissions
from alfred_tui.cluster.store.watch import AnyWatch
from alfred_tui.domain.cluster.workloads import Freshness


class LiveFreshness:
    """Of what the watches, the usage and the link to the server tell. `first` is the first namespace that is
    shown, "" for all of them."""

    def __init__(
        self,
        watches: Sequence[AnyWatch],
        usage: UsagePoller,
        link: ServerLink,
        permissions: Permissions,
        first: str,
    ) -> None:
        self._first = first
        self._watches = watches
        self._usage = usage
        self._link = link
        self._permissions = permissions

    def of_panel(self, needed: Iterable[Resource[Any]], beside: Iterable[Resource[Any]] = ()) -> Freshness:
        """The worst of what is `needed`; what is missing `beside` it is told without changing the word."""
        shown = [watch for watch in self._watches if watch.resource in tuple(needed)]
        added = [watch for watch in self._watches if watch.resource in tuple(beside)]
        state = self._of_watches(shown)
        if state.connection == "live":
            told = [self._polled(shown)] if state.every else []
            told += [
                f"{watch.resource.kinds} are not shown: {self._why(watch)}"
                for watch in added
                if watch.hearing.state.connection in ("forbidden", "absent")
            ]
            return msgspec.structs.replace(state, message=" ".join(dict.fromkeys(filter(None, told))))
        if state.connection == "forbidden":
            return msgspec.structs.replace(state, message=self._refusal(shown) or state.message)
        return state

    def of_kinds(self, kinds: Iterable[str], namespace: str) -> Freshness:
        """Of those kinds (`Deployment`, …) in that namespace: the worst of them."""
        wanted = frozenset(kinds)
        return self._of_watches(
            watch
            for watch in self._watches
            if watch.resource.kind in wanted and watch.namespace in ("", namespace)
        )

    def of_usage(self) -> Freshness:
        """Of pods' usage; what is missing of some, or of the nodes', is told without changing the word."""
        usage, rights = self._usage, self._permissions.rights
        (state,) = self._each([(usage.hearing, usage.state())])
        if state.connection == "forbidden":
            told = rights.refusal(*POD_METRICS.rights("list", namespace=self._first))
            return msgspec.structs.replace(state, message=told or state.message)
        if state.connection != "live":
            return state
        missing: list[str] = []
        if usage.pods_problem is not None:
            missing.append(f"Some pods' usage is not shown: {usage.pods_problem}")
        if usage.nodes_problem is not None:
            refusal = rights.refusal(*NODE_METRICS.rights("list", namespace=""))
            missing.append(f"The nodes' usage is not shown: {refusal or usage.nodes_problem}")
        return msgspec.structs.replace(state, message=" ".join(missing)) if missing else state

    def _each(self, heard: Iterable[tuple[Hearing, Freshness]]) -> Iterator[Freshness]:
        """What each source is worth over this server and with this login.

        A watch goes on over a connection that was opened before the login was refused. What it brings is as
        old as it says; but nothing more can be asked, so it is not live.
        """
        known = (self._link.login, *(watch.hearing for watch in self._watches))
        refused = [one for one in known if one.state.connection == "expired"]
        refused.sort(key=lambda one: one.state.since)
        for hearing, alone in heard:
            state = self._link.over(hearing, alone)
            if state.connection in ("live", "stale"):
                found = next((one.state for one in refused if one.refused_since(hearing)), state)
                state = msgspec.structs.replace(found, heard_at=state.heard_at)
            elif state.connection == "expired" and refused:
                # Its own question was refused later; the login has been so since the first.
                state = msgspec.structs.replace(state, since=min(state.since, refused[0].state.since))
            yield state

    def _of_watches(self, watches: Iterable[AnyWatch]) -> Freshness:
        """The worst of them."""
        return worst_of(self._each((watch.hearing, watch.hearing.state) for watch in watches))

    def _refusal(self, watches: Iterable[AnyWatch]) -> str:
        """Which rights the watches lack, as far as it was asked; empty where only the server's words tell."""
        known = self._permissions.rights
        mine = (watch for watch in watches if watch.namespace in ("", known.namespace))
        return known.refusal(*(right for watch in mine for right in watch.rights()))

    def _polled(self, watches: Sequence[AnyWatch]) -> str:
        """Which right to watch is missing where lists have to do."""
        told = self._refusal(watch for watch in watches if watch.hearing.state.every)
        return told or "This account may list this, and not watch it."

    def _why(self, watch: AnyWatch) -> str:
        return self._refusal((watch,)) or watch.hearing.state.message
