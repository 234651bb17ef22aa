"""kubectl commands that do something else than they seem to: undo, rollout status, another context."""

import re

from alfred_tui.documents.lint.scripts import Script, Scripts
from alfred_tui.documents.lint.shell import Command
from alfred_tui.documents.outline import Outline

_CONTEXT_VERBS = (("use-context",), ("set-context",), ("set-cluster",), ("set-credentials",))
_LOOP = re.compile(r"(?:^|[\s;])(?:for|while|until)\s")


def is_kubectl(command: Command, *verbs: str) -> bool:
    """Whether it is `kubectl` with these verbs."""
    return command.name in ("kubectl", "oc") and command.verbs(len(verbs)) == verbs


_LEAVES = (
    "this brings back the version that you are leaving: setting the old image before made the bad revision "
    "the second newest, and undo without --to-revision takes that one"
)
_SECOND = (
    "undo without --to-revision takes the second newest revision, which is the bad one as soon as anything "
    "else was rolled out since"
)


def undo(_outline: Outline, scripts: Scripts) -> None:
    """T1: `kubectl rollout undo` goes to the second newest revision, whichever that is by then."""
    image_set_in: set[int] = set()
    for script in scripts:
        for command in script.commands():
            if is_kubectl(command, "set", "image"):
                image_set_in.add(script.block.number)
            elif is_kubectl(command, "rollout", "undo") and not command.has("--to-revision"):
                text = _LEAVES if script.block.number in image_set_in else _SECOND
                advice = "use undo: [name], which goes to the revision of the rollback point"
                script.warn("T1", command, text, advice)


def rollout_status(script: Script) -> None:
    """T7: statuses one after another in a script, and one that waits without an end."""
    found = [command for command in script.commands() if is_kubectl(command, "rollout", "status")]
    advice = "use rollout: {deployments: [...]}, which waits for all side by side and fails early"
    if len(found) > 1 or (found and _LOOP.search(script.text[: found[0].start])):
        text = (
            "rollouts are waited for one after another: each may take its whole progress deadline "
            "(10 minutes), and the last one's failure is learned last"
        )
        script.warn("T7", found[min(1, len(found) - 1)], text, advice)
    for command in found:
        if not command.has("--timeout", "-w=false", "--watch=false") and script.step.timeout is None:
            text = "rollout status without --timeout waits as long as the rollout likes"
            script.warn("T7", command, text, "add --timeout or the step's timeout, or use rollout:")
            break


def rollout_status_by_steps(_outline: Outline, scripts: Scripts) -> None:
    """T7: the same, spread over the steps of a section."""
    told: set[int] = set()
    seen: set[int] = set()
    for script in scripts:
        block = script.block
        found = [command for command in script.commands() if is_kubectl(command, "rollout", "status")]
        if not found or block.parallel or script.step.needs:
            continue
        if block.number in seen and block.number not in told:
            told.add(block.number)
            text = "this rollout is looked at only when the one of the step before has ended"
            script.warn("T7", found[0], text, "use one step with rollout: {deployments: [...]}")
        seen.add(block.number)


def context(script: Script) -> None:
    """T10: the context is pinned for the run; a command that leaves it acts on another cluster."""
    for command in script.commands():
        if _changes_context(command):
            text = "this changes the context under everyone's hands, and a run stops when its context changes"
            script.warn("T10", command, text, "remove it; the run pins its context and namespace")
            continue
        for flag in ("--context", "--kubeconfig", "--cluster", "--server"):
            if command.name in ("kubectl", "oc", "helm") and command.option(flag):
                text = f"{flag} in the command may act on another cluster than the one on the screen"
                script.warn("T10", command, text, "remove it; the run pins its context")


def _changes_context(command: Command) -> bool:
    if command.name in ("kubectx", "kubens"):
        return bool(command.args)
    verbs = command.verbs(2)
    return command.name in ("kubectl", "oc") and verbs[:1] == ("config",) and verbs[1:] in _CONTEXT_VERBS
