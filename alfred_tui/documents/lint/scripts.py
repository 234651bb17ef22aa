"""The commands of a checklist as lint sees them: what will be run, and where each word of it stands."""

from collections.abc import Iterator

import msgspec

from alfred_tui.documents.lint.shell import Command, Pipeline, parse
from alfred_tui.documents.nodes import TextNode
from alfred_tui.documents.outline import Block, Outline
from alfred_tui.domain.document.actions import Run
from alfred_tui.domain.document.checklist import Step


class Script(msgspec.Struct, frozen=True):
    """The command of one `run` step."""

    outline: Outline
    block: Block
    step: Step
    text: str
    pipelines: tuple[Pipeline, ...]

    def commands(self) -> Iterator[Command]:
        """Every command, those of substitutions included."""
        for pipeline in self.pipelines:
            yield from pipeline.commands

    @property
    def judged_by_output(self) -> bool:
        """Whether the step says what its output must be."""
        expect = self.step.expect
        return expect is not None and bool(
            expect.match or expect.not_match or expect.no_output or expect.number or expect.exit != (0,)
        )

    def warn(self, code: str, at: Command | int, message: str, suggestion: str) -> None:
        """A warning at a command, or at an index of the script."""
        start = at.start if isinstance(at, Command) else at
        self.outline.findings.warn(code, self._index(start), message, suggestion)

    def _index(self, start: int) -> int:
        """The place in the file of an index of the script, which may differ by what was filled in."""
        node = self.outline.at(self.step.action, "command")
        if not isinstance(node, TextNode):
            return node.start
        line = self.text[start:].split("\n", 1)[0]
        for needle in (line, line.split(" ", 1)[0]):
            if needle and needle in node.value:
                nth = self.text.count(needle, 0, start)
                return self.outline.findings.source.locate(node, needle, nth)
        return node.start


Scripts = tuple[Script, ...]


def scripts_of(outline: Outline) -> Scripts:
    """The scripts of all steps that run one."""
    return tuple(
        Script(outline, block, step, step.action.command, parse(step.action.command))
        for block, step in outline.all_steps()
        if isinstance(step.action, Run)
    )
