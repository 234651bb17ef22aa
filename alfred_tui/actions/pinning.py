"""The images that a rollback returned to, pinned in the overlay that the next deployment applies."""

import asyncio
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from alfred_tui.actions.context import StepContext
from alfred_tui.cluster.objects.ownership import images_of
from alfred_tui.cluster.objects.resources import DEPLOYMENTS
from alfred_tui.cluster.store.reads import read
from alfred_tui.documents.kustomization import FILES, OtherForm, diff, lines_to_add, pinned
from alfred_tui.domain.document.actions import PinImages
from alfred_tui.domain.errors import NotAnswered, NotConfigured
from alfred_tui.domain.evidence import Evidence, Outcome
from alfred_tui.domain.rollback.pins import Pin, digests_at, pins_of
from alfred_tui.domain.run.targets import pinned_targets

_LARGEST = 1_000_000


async def pin_images(ctx: StepContext) -> Outcome:
    """Writes the pins to the overlay, and nothing else; its difference is the evidence."""
    action = ctx.step.action
    assert isinstance(action, PinImages)
    pins = await _pins(ctx, action)
    path, lines = await asyncio.to_thread(_write, ctx.equipment.workdir, action.overlay, pins)
    facts = [Evidence(label="file", value=path, kind="file")]
    facts += [Evidence(label="changed", value=line) for line in lines[2:] if line[:1] in "-+"]
    if not lines:
        facts.append(Evidence(label=path, value="pins these images already", ok=True))
    by_tag = [pin.name for pin in pins if not pin.digest]
    if by_tag:
        facts.append(Evidence(label="by tag only", value=f"no digest is known of {', '.join(by_tag)}"))
    return Outcome(status="passed", evidence=tuple(facts))


async def _pins(ctx: StepContext, action: PinImages) -> tuple[Pin, ...]:
    """What the services were sent back to: of the rollback point, or of what runs by a lead's choice."""
    state = ctx.state()
    targets = pinned_targets(state, ctx.step.id)
    told: list[tuple[Mapping[str, str], Mapping[str, str]]] = []
    for name in action.deployments:
        point = state.point.workload(name) if state.point else None
        if point and targets.get(name) == point.revision:
            told.append((point.images, point.digests))
        else:
            found = await read(await ctx.connection(), DEPLOYMENTS, ctx.namespace(), name)
            images = images_of(found.spec.template)
            told.append((images, digests_at(point, targets.get(name, 0), images)))
    return pins_of(told)


def offer(workdir: Path, overlay: str, pins: Sequence[Pin]) -> tuple[str, ...]:
    """What `pin_images` would change, as diff lines; else why not, and the lines to add. It only reads."""
    try:
        path, before = _read(workdir, overlay)
        lines = diff(before, pinned(before, pins), f"{overlay}/{path.name}")
    except (OtherForm, NotConfigured, NotAnswered) as error:
        return (f"{overlay} is not changed: {error} Add by hand:", *lines_to_add(pins))
    return lines or (f"{overlay} pins these images already.",)


def _write(workdir: Path, overlay: str, pins: Sequence[Pin]) -> tuple[str, tuple[str, ...]]:
    path, before = _read(workdir, overlay)
    shown = f"{overlay}/{path.name}"
    try:
        after = pinned(before, pins)
    except OtherForm as error:
        lines = "; ".join(lines_to_add(pins))
        raise NotConfigured(f"{shown} was not changed: {error} Add by hand: {lines}") from error
    if after != before:
        _replace(path, after)
    return shown, diff(before, after, shown)


def _read(workdir: Path, overlay: str) -> tuple[Path, str]:
    folder = workdir / overlay
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        raise NotConfigured(f"There is no kustomization in {overlay}.")
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read(_LARGEST + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise NotAnswered(f"{overlay}/{path.name} could not be read ({error}).") from error
    if len(text) > _LARGEST:
        raise NotConfigured(f"{overlay}/{path.name} is larger than a kustomization is.")
    return path, text


def _replace(path: Path, text: str) -> None:
    """The whole new file or the whole old one, whatever happens in between."""
    target = path.resolve()
    try:
        number, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(target.stat().st_mode & 0o777)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise NotAnswered(f"{path.name} could not be written ({error.strerror}).") from error
