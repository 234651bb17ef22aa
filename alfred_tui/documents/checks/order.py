"""Order: what waits for what can come to pass, and an output is read after it was made."""

from itertools import pairwise

from alfred_tui.documents.outline import Outline
from alfred_tui.documents.outputs import outputs_of
from alfred_tui.documents.wording import all_of, did_you_mean, quoted
from alfred_tui.domain.document.checklist import Step


def check(outline: Outline) -> None:
    """Steps that would never be due, and references to outputs that are not there yet."""
    for _, step in outline.all_steps():
        _reachable(outline, step, "needs", step.needs)
        if step.when is not None:
            _reachable(outline, step, "when", step.when.passed + step.when.failed)
            if not step.when.passed + step.when.failed and outline.sites.good(step, "when"):
                outline.findings.error(
                    outline.at(step, "when"), "when names no step", "add passed: or failed:"
                )
    for cycle in _cycles(outline):
        _tell_cycle(outline, cycle)
    for step, first, last in outline.reader.users:
        for use in outline.reader.uses(first, last):
            _output(outline, step, use.step, use.name, use.index)


def _reachable(outline: Outline, step: Step, field: str, names: tuple[str, ...]) -> None:
    here = outline.block_of.get(step.id)
    for name in names:
        there = outline.block_of.get(name)
        if here is None or there is None or there is here:
            continue
        node = outline.at(step, field)
        if here.procedure or there.procedure:
            text = f"{field} names {quoted(name)}, which is not in the same run of steps"
            outline.findings.error(node, text, "a procedure is a run of its own")
        elif there.number > here.number:
            text = f"{field} names {quoted(name)}, which comes in a later section: neither would ever be due"
            outline.findings.error(node, text, "move one of them")


def _cycles(outline: Outline) -> list[list[str]]:
    """Each closed chain of waits once, as ids from its first step on."""
    done: set[str] = set()
    found: list[list[str]] = []
    for start in outline.steps:
        if start in done:
            continue
        path = [start]
        rest = [iter(outline.waits(start))]
        while path:
            following = next(rest[-1], None)
            if following is None:
                done.add(path.pop())
                rest.pop()
            elif following in path:
                found.append(path[path.index(following) :])
            elif following not in done:
                path.append(following)
                rest.append(iter(outline.waits(following)))
    return found


def _tell_cycle(outline: Outline, cycle: list[str]) -> None:
    steps = [outline.steps[name] for name in cycle]
    first = next((step for step in steps if step.needs or step.when), steps[0])
    field = "needs" if first.needs else "when"
    start = cycle.index(first.id)
    chain = [*cycle[start:], *cycle[:start], first.id]
    text = f"steps wait for each other: {' → '.join(chain)}"
    by_order = [one for one, next_one in pairwise(chain) if outline.waits(one)[next_one]]
    advice = ""
    if by_order:
        name = by_order[0]
        advice = f"{quoted(name)} names no needs and so waits for all before it; move it up, or give it needs"
    outline.findings.error(outline.at(first, field), text, advice)


def _output(outline: Outline, user: Step, name: str, output: str, index: int) -> None:
    if not _known_output(outline, name, output, index):
        return
    if name == user.id:
        outline.findings.error(
            index, f"the step reads its own output {quoted(output)}", "only an earlier step's is there"
        )
    elif not outline.comes_before(name, user.id):
        text = f"{quoted(user.id)} reads an output of {quoted(name)}, which may not have ended by then"
        outline.findings.error(index, text, f"add needs: [{name}]")


def _known_output(outline: Outline, name: str, output: str, index: int) -> bool:
    step = outline.steps.get(name)
    if step is None:
        text = f"{quoted(name)} is no step of this checklist"
        outline.findings.error(index, text, did_you_mean(name, outline.steps))
        return False
    names = outputs_of(step)
    if not outline.sites.good(step, "action") or not outline.sites.good(step, "capture") or output in names:
        return True
    advice = did_you_mean(output, names)
    if not advice:
        advice = f"it leaves {all_of(names)}" if names else "a run step leaves what its capture: names"
    outline.findings.error(index, f"the step {quoted(name)} leaves no output {quoted(output)}", advice)
    return False
