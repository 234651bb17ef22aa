"""The options that `run`, `demo` and `watch` share, and how they are read."""

import getpass
import os
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import click
from click.core import ParameterSource

from alfred_tui.domain.errors import Usage
from alfred_tui.domain.plain import as_text, is_text

Function = TypeVar("Function", bound=Callable[..., object])


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the command line asked for."""

    context: str | None = None
    namespace: str | None = None
    kubeconfig: str | None = None
    prometheus: str | None = None
    workdir: str | None = None
    variables: tuple[str, ...] = ()
    offers: Mapping[str, str] = field(default_factory=dict)
    """Variables that count where the checklist has them."""
    layout: str = "cockpit"
    lead: str = ""
    state_dir: str | None = None
    show_namespaces: str | None = None
    all_namespaces: bool = False
    """What the panels show besides the pinned namespace."""
    take_over: bool | str = False
    """Whether to lead although somebody else's Lease stands: a person agreed, or the word given for it."""

    def check(self) -> None:
        """Raises Usage or Invalid for what can be told of it before anything is opened."""
        self.shown()
        if self.layout != Options.layout:
            from alfred_tui.cli.layouts import layouts

            layouts(self.layout)

    def shown(self) -> tuple[str, ...] | None:
        """The namespaces that the lead's panels show besides the pinned one: None for no others, none for
        all. Raises Usage."""
        return shown_namespaces(self.show_namespaces, "--show-namespaces", everywhere=self.all_namespaces)

    def lead_name(self) -> str:
        """Who leads: as given, else the account's name."""
        if self.lead:
            return as_text(self.lead)
        try:
            return as_text(getpass.getuser())
        except (KeyError, OSError):
            return f"uid {os.getuid()}"


def _not_empty(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    # A script whose variable was never set must not lead another run, or on another cluster, for it.
    given = context.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE
    if given and value is not None and not value.strip():
        raise Usage(f"{option.opts[0]} is empty.", hint="Give it a value, or leave it out.")
    return value


word = partial(click.option, callback=_not_empty)
"""An option that takes a word, and no empty one."""

_WHERE = {
    "--context": ("NAME", "The kubeconfig context; pinned for the whole run."),
    "--namespace": ("NAME", "The namespace (default: the context's)."),
    "--kubeconfig": ("PATH", "Default: KUBECONFIG, then ~/.kube/config."),
    "--prometheus": ("URL", "Where canary and triggers are read from (token: PROMETHEUS_TOKEN)."),
    "--workdir": ("DIR", "Where commands run (default: the current folder)."),
}
"""Options that say where a run takes place."""
_SHARED = (
    click.option("--var", "variables", multiple=True, metavar="K=V", help="A variable or a <placeholder>."),
    word("--layout", default="cockpit", metavar="NAME|PATH", help="cockpit, walkthrough, oncall, a file."),
    word("--lead", default="", metavar="NAME", help="Who leads (default: the account's name)."),
    word("--state-dir", metavar="DIR", help="Where runs are kept (or ALFRED_COCKPIT_STATE)."),
)


_PANELS = (
    click.option("--show-namespaces", metavar="A,B", help="Namespaces that the panels show, too."),
    click.option("-A", "--all-namespaces", is_flag=True, help="The panels show all namespaces."),
)


def panels(function: Function) -> Function:
    """Adds the options of what the lead's panels show."""
    for option in reversed(_PANELS):
        function = option(function)
    return function


def without_soak(function: Function) -> Function:
    """Adds `--no-soak`."""
    told = "With --headless: end with the last step; the record says that nobody watched the triggers on."
    return click.option("--no-soak", is_flag=True, help=told)(function)


def refuse_no_soak(no_soak: bool, *, headless: bool) -> None:
    """Raises Usage where the option would say nothing."""
    if no_soak and not headless:
        raise Usage(
            "--no-soak is for runs without a screen; with one the watch lasts for as long as it is open.",
            hint="Leave it out, or give --headless.",
        )


def shared(function: Function) -> Function:
    """Adds the shared options to a command."""
    for option in reversed(_SHARED):
        function = option(function)
    for name, (metavar, told) in reversed(_WHERE.items()):
        function = word(name, metavar=metavar, help=told)(function)
    return function


def brings_its_own(function: Function) -> Function:
    """The shared options of a command that has its own cluster: those that name another are refused."""
    for option in reversed(_SHARED):
        function = option(function)
    for name in reversed(_WHERE):
        function = click.option(name, hidden=True, expose_value=False, callback=_refused)(function)
    return function


def _refused(_: click.Context, option: click.Parameter, value: str | None) -> None:
    if value is not None:
        raise Usage(
            f"The demo has its own cluster, Prometheus and folder: {option.opts[0]} means nothing there.",
            hint="Leave it out, or lead a deployment of your own with `alfred-cockpit run`.",
        )


def shown_namespaces(named: str | None, option: str, *, everywhere: bool) -> tuple[str, ...] | None:
    """The namespaces that panels show: None for the run's own, none for all. Raises Usage."""
    names = tuple(one.strip() for one in (named or "").split(",") if one.strip())
    if everywhere and names:
        raise Usage(f"{option} and --all-namespaces exclude each other.", hint="Give one of them.")
    if named is not None and not names:
        raise Usage(f"{option} names no namespace.", hint="Give names with commas between: a,b.")
    return () if everywhere else names or None


def parse_vars(pairs: Iterable[str]) -> dict[str, str]:
    """`K=V` pairs. Raises Usage."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise Usage(f"--var {pair} is no K=V pair.", hint="Write --var name=value.")
        if not is_text(pair):
            raise Usage(f"--var {name} is not UTF-8.", hint="Give a text.")
        found[name] = value
    return found


def checklist_path(name: str) -> Path:
    """A file's path, or a shipped checklist by name. Raises Usage."""
    from alfred_tui.documents import find

    return find(name, kind="checklists")


def host_name() -> str:
    """This machine's name, for the record."""
    return socket.gethostname()
