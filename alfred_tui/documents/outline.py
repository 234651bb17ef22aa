"""A checklist's steps with where each stands and what it waits for: what checks and lint ask."""

from collections.abc import Iterator

import msgspec

from alfred_tui.documents.findings import Findings
from alfred_tui.documents.nodes import Node
from alfred_tui.documents.sites import Sites
from alfred_tui.documents.steps import ChecklistReader
from alfred_tui.domain.document.checklist import Checklist, Step


class Block(msgspec.Struct, frozen=True):
    """Steps that are due together: a section, or a procedure."""

    number: int
    """Sections count up in the order of the file; each procedure is a run of its own."""
    steps: tuple[Step, ...]
    title: str
    services: tuple[str, ...] = ()
    parallel: bool = False
    procedure: str = ""
    """Id of the procedure, or empty for a section."""


class Outline:
    """The steps of a checklist, its procedures' included."""

    def __init__(self, checklist: Checklist, reader: ChecklistReader) -> None:
        self.checklist = checklist
        self.findings: Findings = reader.findings
        self.sites: Sites = reader.sites
        self.reader = reader
        self.blocks = tuple(_blocks(checklist))
        self.steps: dict[str, Step] = {}
        self.block_of: dict[str, Block] = {}
        for block in self.blocks:
            for step in block.steps:
                self.steps.setdefault(step.id, step)
                self.block_of.setdefault(step.id, block)
        self._waits: dict[str, dict[str, bool]] = {}
        for block in self.blocks:
            self._waits.update(_waits(block))

    def all_steps(self) -> Iterator[tuple[Block, Step]]:
        """Every step with its block, in the order of the file."""
        for block in self.blocks:
            for step in block.steps:
                yield block, step

    def waits(self, step_id: str) -> dict[str, bool]:
        """The steps of its block that a step directly waits for; True where only their order says so."""
        return self._waits.get(step_id, {})

    def comes_before(self, first: str, second: str) -> bool:
        """Whether `first` is always settled when `second` becomes due."""
        here, there = self.block_of[second], self.block_of[first]
        if there is not here:
            return not there.procedure and (bool(here.procedure) or there.number < here.number)
        seen = {second}
        rest = [second]
        while rest:
            for before in self.waits(rest.pop()):
                if before == first:
                    return True
                if before not in seen:
                    seen.add(before)
                    rest.append(before)
        return False

    def at(self, struct: msgspec.Struct, field: str = "") -> Node:
        """The node of a struct, or of one of its fields."""
        return self.sites.field(struct, field) if field else self.sites.node(struct)


def _blocks(checklist: Checklist) -> Iterator[Block]:
    number = 0
    for _, section in checklist.sections():
        yield Block(number, section.steps, section.title, section.services, section.parallel)
        number += 1
    for procedure in checklist.rollback.procedures:
        yield Block(number, procedure.steps, procedure.title, procedure=procedure.id or "?")
        number += 1


def _waits(block: Block) -> dict[str, dict[str, bool]]:
    """A step with `needs` waits for those; one without, unless side by side, for all before it.

    All before it are the last one without needs (which waits for those before) and those since.
    """
    found: dict[str, dict[str, bool]] = {}
    here = {step.id for step in block.steps if step.id}
    since: list[str] = []
    for step in block.steps:
        before = since if not step.needs and not block.parallel else []
        waits = dict.fromkeys((name for name in before if name != step.id), True)
        named = (*step.needs, *(step.when.passed + step.when.failed if step.when else ()))
        waits.update((name, False) for name in named if name in here)
        found[step.id] = waits
        if step.id:
            since = [step.id] if not step.needs else [*since, step.id]
    return found
