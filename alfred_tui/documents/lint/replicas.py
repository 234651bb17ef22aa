"""T11: a count of replicas is gone once it was scaled away, unless somebody wrote it down."""

from alfred_tui.documents.lint.clusters import is_kubectl
from alfred_tui.documents.lint.scripts import Script, Scripts
from alfred_tui.documents.outline import Outline
from alfred_tui.domain.document.actions import CapturePoint, Scale, Undo


def by_command(script: Script) -> None:
    """`kubectl scale` to 0, or back to a number from somewhere else."""
    for command in script.commands():
        if not is_kubectl(command, "scale"):
            continue
        count = command.option("--replicas")
        target = " ".join(command.verbs(9))
        if count == "0":
            text = "once this is scaled to 0 the cluster no longer knows how many replicas there were"
            advice = "use scale: {replicas: 0} here and scale: {replicas: original} to restart"
            script.warn("T11", command, text, advice)
        elif "--replicas=<" in command.text or count == "":
            text = f"the number of replicas of {target} is asked for when nobody can look it up any more"
            script.warn(
                "T11", command, text, "use scale: {replicas: original}, the count of the rollback point"
            )


def by_action(outline: Outline, _scripts: Scripts) -> None:
    """`scale` back to a number that was written into the file."""
    for block in outline.blocks:
        stopped: set[str] = set()
        for step in block.steps:
            action = step.action
            if not isinstance(action, Scale):
                continue
            if action.replicas == 0:
                stopped.update(action.deployments)
            elif action.replicas != "original" and stopped.intersection(action.deployments):
                text = (
                    f"{action.replicas} replicas are not what there was before the scale to 0, except by luck"
                )
                outline.findings.warn("T11", outline.at(action, "replicas"), text, "write replicas: original")


def remembered(outline: Outline, _scripts: Scripts) -> None:
    """What goes back to the rollback point needs a step that captures it."""
    captured: set[str] = set()
    for block, step in outline.all_steps():
        if isinstance(step.action, CapturePoint) and not block.procedure:
            captured.update(step.action.deployments)
    for _, step in outline.all_steps():
        action = step.action
        back = isinstance(action, Undo) or (isinstance(action, Scale) and action.replicas == "original")
        if not back or not isinstance(action, Undo | Scale):
            continue
        lost = [
            name
            for name in action.deployments
            if name not in captured and "<" not in name and "$" not in name
        ]
        if lost:
            text = f"no rollback_point step records {', '.join(lost)}: there is nothing to go back to"
            outline.findings.warn(
                "T11", outline.at(action, "deployments"), text, "add them to a rollback_point step"
            )
