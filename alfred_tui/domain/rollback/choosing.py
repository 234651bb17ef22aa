"""Which of a procedure's services go back, and whether in its order: its steps for a lead's choice."""

from collections.abc import Collection, Iterator, Sequence

import msgspec

from alfred_tui.domain.document import actions as a
from alfred_tui.domain.document.checklist import Step


def undone(steps: Sequence[Step]) -> tuple[str, ...]:
    """The deployments whose pod template the steps put back."""
    names = (name for step in steps if isinstance(step.action, a.Undo) for name in step.action.deployments)
    return tuple(dict.fromkeys(names))


def resumed(steps: Sequence[Step]) -> tuple[str, ...]:
    """Those of them that are put back although they are paused."""
    return undone([step for step in steps if isinstance(step.action, a.Undo) and step.action.resume])


def order_of(steps: Sequence[Step]) -> tuple[str, ...]:
    """Those of them that go back one after another."""
    return tuple(name for step in steps if isinstance(step.action, a.Undo) for name in step.action.order)


def chosen_steps(
    steps: Sequence[Step], left_out: Collection[str], *, side_by_side: bool = False
) -> tuple[Step, ...]:
    """The steps without the deployments that are left out; a step that has nothing left to do is not among
    them, and nothing waits for it."""
    out = set(left_out) & set(undone(steps))
    kept = [(step, _without(step.action, out, side_by_side)) for step in steps]
    ids = {step.id for step, action in kept if action is not None}
    gone = {step.id: step.needs for step, action in kept if action is None}
    return tuple(
        msgspec.structs.replace(step, action=action, needs=tuple(dict.fromkeys(_needs(step, ids, gone))))
        for step, action in kept
        if action is not None
    )


def _needs(step: Step, ids: Collection[str], gone: dict[str, tuple[str, ...]]) -> Iterator[str]:
    """What it waits for; in the place of a step that is gone what that one would have waited for."""
    for name in step.needs:
        if name in gone:
            yield from (one for one in gone[name] if one in ids)
        else:
            yield name


def _without(action: a.AnyAction, out: Collection[str], side_by_side: bool) -> a.AnyAction | None:
    match action:
        case a.Undo():
            order = () if side_by_side else _rest(action.order, out)
            rest = _rest(action.deployments, out)
            return msgspec.structs.replace(action, deployments=rest, order=order) if rest else None
        case a.History() | a.Rollout() | a.PinImages():
            rest = _rest(action.deployments, out)
            others = isinstance(action, a.Rollout) and (action.statefulsets or action.daemonsets)
            return msgspec.structs.replace(action, deployments=rest) if rest or others else None
        case a.Http() if action.each:
            rest = _rest(action.each, out)
            return msgspec.structs.replace(action, each=rest) if rest else None
        case a.RemoveCanary(service=service) | a.StableTraffic(stable=service):
            return None if service in out else action
        case a.ServiceCheck():
            rest = _rest(action.services, out)
            return msgspec.structs.replace(action, services=rest) if rest else None
    return action


def _rest(names: Sequence[str], out: Collection[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name not in out)
