"""Names the traps of a checklist before the window opens: what would happen, and what to write instead.

Lint reads what will be run, never what is only shown: a step whose `source` has a trap and whose action is
a safe one gives no warning. It warns and never refuses.
"""

from collections.abc import Callable

from alfred_tui.documents.lint import (
    canaries,
    clusters,
    greps,
    placeholders,
    repeats,
    replicas,
    secrets,
    services,
    statuses,
    terraform,
    titles,
)
from alfred_tui.documents.lint.scripts import Script, Scripts, scripts_of
from alfred_tui.documents.outline import Outline
from alfred_tui.documents.steps import ChecklistReader
from alfred_tui.domain.document.checklist import Checklist

_OF_SCRIPTS: tuple[Callable[[Script], None], ...] = (
    clusters.rollout_status,
    clusters.context,
    greps.header,
    greps.errors,
    greps.tail,
    greps.labels,
    placeholders.in_quotes,
    placeholders.not_asked,
    placeholders.redirects,
    replicas.by_command,
    secrets.in_arguments,
    secrets.create,
    statuses.thrown_away,
    statuses.switched_off,
    statuses.curl,
    statuses.delete,
    statuses.shows_only,
    statuses.endless,
    statuses.background,
    terraform.apply,
)
_OF_CHECKLISTS: tuple[Callable[[Outline, Scripts], None], ...] = (
    canaries.points,
    clusters.undo,
    clusters.rollout_status_by_steps,
    placeholders.undeclared,
    replicas.by_action,
    replicas.remembered,
    repeats.retries,
    repeats.one_address,
    repeats.unseen_previews,
    services.unchecked,
    services.removed_kinds,
    titles.branches,
    titles.unwatched,
)

CODES: dict[str, str] = {
    "T1": "`kubectl rollout undo` without `--to-revision`",
    "T2": "`kubectl get … | grep -v`, which the header line always passes",
    "T3": "`grep error`, which fails when all is well; `kubectl logs -l` without `--tail`",
    "T4": "a `<placeholder>` or a path that a shell reads as a redirection",
    "T5": "`terraform apply` without the plan file that was reviewed",
    "T6": "a secret on a command line; `create secret`, which fails the second time",
    "T7": "`kubectl rollout status` one after another, or without `--timeout`",
    "T8": "a canary with too few points for a verdict",
    "T9": "two branches of which only one may be taken, without `when`",
    "T10": "a command that leaves the pinned context",
    "T11": "replicas scaled to a number that nothing remembers",
    "T12": "services that are rolled out and not checked, or the reverse; Pod security policies",
    "T13": "a rollback trigger in words that nothing watches",
    "S1": "an exit status that is thrown away (`|| true`, `; true`)",
    "S2": "fail-fast switched off (`set +e`)",
    "S3": "`curl` without `--fail`",
    "S4": "`kubectl delete` without `confirm`",
    "S5": "a command that only shows something, and passes whatever it shows",
    "S6": "a filter that finds its line even when the value is missing",
    "S7": "a command that does not end by itself",
    "S8": "a command in the background, which the step does not wait for",
    "R1": "retries of a step that is not safe to repeat",
    "R2": "several services asked at one address",
    "R3": "a `preview` without `confirm`, which nobody sees",
}
"""Every rule by its code. Codes are stable; a rule that goes leaves its code unused."""


def lint(checklist: Checklist, reader: ChecklistReader) -> None:
    """Tells the warnings of a valid checklist to the reader's findings."""
    outline = Outline(checklist, reader)
    scripts = scripts_of(outline)
    for script in scripts:
        for rule in _OF_SCRIPTS:
            rule(script)
    for check in _OF_CHECKLISTS:
        check(outline, scripts)
