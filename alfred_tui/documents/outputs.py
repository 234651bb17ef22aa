"""What each action leaves for later steps to read as `${steps.ID.NAME}`, besides the step's `capture`."""

from alfred_tui.domain.document.actions import Action, Run
from alfred_tui.domain.document.checklist import Step

OUTPUTS: dict[str, tuple[str, ...]] = {
    "coverage": ("coverage",),
    "terraform_plan": ("add", "change", "destroy", "digest", "file", "dir"),
    "canary": ("points",),
    "compare": ("verdict",),
    "rollback_point": ("captured",),
}
"""By action key. An action that is not named leaves none of its own."""


def outputs_of(step: Step) -> tuple[str, ...]:
    """The names of all outputs that the step can leave."""
    own = OUTPUTS.get(type(step.action).key, ())
    return own + (tuple(step.capture) if captures(step.action) else ())


def captures(action: Action) -> bool:
    """Whether the action has an output text in which `capture` can search."""
    return isinstance(action, Run)
