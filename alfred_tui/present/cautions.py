"""What is unusual about the start of a rollback, and what is done about it: told before the word is typed."""

from collections.abc import Iterator, Sequence

from alfred_tui.domain.document.checklist import Step
from alfred_tui.domain.rollback.choosing import order_of
from alfred_tui.domain.run.planning import current_steps
from alfred_tui.domain.run.procedures import outputs_in
from alfred_tui.domain.run.state import RunState
from alfred_tui.present.point import replicas_words
from alfred_tui.present.way_back import WayBack


def cautions(state: RunState, steps: Sequence[Step], ways: Sequence[WayBack]) -> Iterator[str]:
    """A sentence each; the steps are those that would be begun."""
    yield from _running(state)
    yield from _missing_outputs(state, steps)
    for way in ways:
        if not way.left_out and (why := _nothing_to_undo(way)):
            yield f"{way.name}: {why}"
    yield from _paused(ways)
    yield from _lost(ways)
    if out := [one.name for one in ways if one.left_out]:
        yield f"Left out, and not touched: {', '.join(out)}."
    if order := order_of(steps):
        yield f"One after another, each once the one before is complete: {', '.join(order)}."


def _running(state: RunState) -> Iterator[str]:
    """What the start stops: it takes the place of what the run is at."""
    running = [step.title for step in current_steps(state) if state.steps[step.id].status == "running"]
    if running and state.rollback is None:
        told = ", ".join(f"“{title}”" for title in running)
        yield f"Running now, and stopped first: {told}. What it has done by then stands."


def _missing_outputs(state: RunState, steps: Sequence[Step]) -> Iterator[str]:
    """What earlier steps did not leave: such a step waits for a person instead."""
    own = {step.id for step in steps}
    for step in steps:
        for name, output in dict.fromkeys(outputs_in(step)):
            one = state.steps.get(name)
            if name not in own and one is not None and output not in one.outputs:
                yield (
                    f"“{step.title}” needs “{output}” of “{state.step(name).title}”, which left none"
                    f" ({one.status}): it will wait for you, and not run."
                )


def _nothing_to_undo(way: WayBack) -> str:
    """Why no undo can put it back, and what can; empty where one can."""
    if way.standing == "no deployment":
        return (
            "it is no Deployment, and an undo puts Deployments back. Leave it out with space, and return it"
            " by hand: enter on its row opens a screen with its history."
        )
    if way.never_was and not way.target:
        return (
            "it was not there when the rollback point was recorded, so there is nothing to go back to."
            " Leave it out with space; if it is to go, delete it by hand."
        )
    if way.standing == "gone":
        was = ""
        if way.point:
            images = ", ".join(way.point.images.values())
            was = f" ({images}, {replicas_words(way.point)})"
        return (
            "it is not in the cluster any more, and an undo cannot make it. Apply its manifest of the release"
            f" before{was}, or leave it out with space."
        )
    return ""


def _paused(ways: Sequence[WayBack]) -> Iterator[str]:
    paused = [one for one in ways if one.paused and not one.left_out]
    if going := [one.name for one in paused if not one.refused]:
        yield f"{', '.join(going)}: paused. The undo resumes it in the same change; it never rolls forward."
    for one in paused:
        if one.refused:
            yield (
                f"{one.name}: paused, and this undo refuses it. Resume it first:"
                f" kubectl rollout resume deployment/{one.name}"
            )


def _lost(ways: Sequence[WayBack]) -> Iterator[str]:
    """Where the point's own template goes back, because the history has no such revision any more."""
    for one in ways:
        if one.is_from_point and not one.left_out:
            yield (
                f"{one.name}: the history does not hold revision {one.target} any more. The pod template that"
                " the rollback point kept is put back."
            )
