"""What the command line names: the checklist with its values, and the cluster that is meant."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from alfred_tui.cli.options import Options, parse_vars
from alfred_tui.documents import Loaded, load_checklist
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.errors import CockpitError, Usage
from alfred_tui.domain.run.planning import PLACEHOLDER

if TYPE_CHECKING:
    from alfred_tui.domain.document.checklist import Checklist
    from alfred_tui.headless.lead import Signed


def load(path: Path, options: Options) -> tuple[Loaded, dict[str, str]]:
    """The checklist, and those of `--var` that are values of its `<placeholders>`. Raises Invalid, Usage."""
    given = parse_vars(options.variables)
    try:
        holes = set(PLACEHOLDER.findall(path.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        holes = set()  # the reader tells what is wrong with the file
    values = {name: value for name, value in given.items() if name in holes}
    overrides = {name: value for name, value in given.items() if name not in holes}
    # What the checklist calls the namespace is the one that is pinned.
    offers = {**options.offers, **({"namespace": options.namespace} if options.namespace else {})}
    loaded = load_checklist(path, overrides=overrides, offers=offers, environ=os.environ)
    for name, value in values.items():
        asked = loaded.checklist.ask.get(name)
        if asked and asked.pattern and not re.fullmatch(asked.pattern, value):
            raise Usage(f"--var {name}={value} does not fit <{name}> (/{asked.pattern}/).", hint=asked.prompt)
    return loaded, values


def signed(path: str, checklist: "Checklist") -> "dict[str, tuple[Signed, ...]]":
    """What was signed beforehand, by step. Raises Invalid."""
    from alfred_tui.documents.attestations import load_attestations
    from alfred_tui.headless.lead import Signed

    steps = {step.id for step in checklist.steps()}
    steps |= {step.id for one in checklist.rollback.procedures for step in one.steps}
    return load_attestations(Path(path), Signed, steps)


def find_target(options: Options) -> tuple[Target | None, str]:
    """The cluster that is meant, or the sentence why there is none.

    Raises Usage when one was named that cannot be had: then to go on without it would be a lie.
    """
    from alfred_tui.cluster.access.target import read_target

    try:
        return read_target(options.kubeconfig, options.context, options.namespace), ""
    except CockpitError as error:
        if options.kubeconfig or options.context:
            raise Usage(error.message, hint=error.hint) from error
        return None, str(error)
