"""Going on with a run: with what it began with, and the command that does so from any shell."""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from alfred_tui.cli.options import Options
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.errors import Usage
from alfred_tui.domain.run.events import RunStarted
from alfred_tui.journal import state_dir


def as_begun(options: Options, started: RunStarted) -> Options:
    """The options, and where they say nothing, what the run began with. Raises Usage for a demo's run."""
    if started.mode == "demo":
        raise Usage(
            f"The run {started.run} is a demo's; its cluster ended with it.",
            hint="Start another with `alfred-cockpit demo`.",
        )
    target = started.target
    if target is not None and target.kubeconfig:
        files = target.kubeconfig
        options = replace(
            options,
            kubeconfig=options.kubeconfig or (files[0] if len(files) == 1 else None),
            context=options.context or target.context,
        )
    return replace(
        options,
        namespace=options.namespace or (target.namespace if target else None),
        prometheus=options.prometheus or started.prometheus or None,
        workdir=options.workdir or started.workdir or None,
    )


def same_target(started: RunStarted, target: Target | None) -> None:
    """Refuses to go on with a run on another cluster or namespace than it began on. Raises Usage."""
    before = started.target
    if before is None:
        return
    if target is not None and (target.fingerprint, target.namespace) == (
        before.fingerprint,
        before.namespace,
    ):
        return
    now = _place(target) if target else "no cluster"
    raise Usage(
        f"The run began on {_place(before)}, and now there is {now}.",
        hint="Give the run's own --kubeconfig, --context and --namespace.",
    )


def _place(target: Target) -> str:
    return f"{target.context} / {target.namespace} ({target.server})"


def resume_command(
    run: str,
    options: Options,
    environ: Mapping[str, str],
    *more: str,
    values: Mapping[str, str] | None = None,
) -> str:
    """The command that goes on with exactly this run, to be pasted into a shell; `more` stands at its end.

    What the run's record holds (cluster, Prometheus, folder) is named only where it was named before.
    """
    words = ["alfred-cockpit", "run", "--resume", run]
    here = state_dir(options.state_dir, environ)
    if here != state_dir(None, {name: value for name, value in environ.items() if name != _STATE}):
        words += ["--state-dir", str(here)]
    named = (
        ("--kubeconfig", _absolute(options.kubeconfig)),
        ("--context", options.context),
        ("--namespace", options.namespace),
        ("--prometheus", options.prometheus),
        ("--workdir", _absolute(options.workdir)),
        ("--lead", options.lead),
    )
    for option, value in named:
        words += [option, value] if value else []
    for name, value in (values or {}).items():
        words += ["--var", f"{name}={value}"]
    return shlex.join([*words, *more])


def headless_words(*, jsonl: bool, attestations: str | None) -> Sequence[str]:
    """What makes a resumed run headless again."""
    signed = ("--attestations", str(_absolute(attestations))) if attestations else ()
    return ("--headless", *(("--jsonl",) if jsonl else ()), *signed)


def layout_word(layout: str) -> str:
    """A layout as any folder's shell can name it: a shipped one by its name, a file by its whole path."""
    return _absolute(layout) if Path(layout).is_file() else layout


_STATE = "ALFRED_COCKPIT_STATE"


def _absolute(path: str | None) -> str:
    return str(Path(path).expanduser().absolute()) if path else ""
