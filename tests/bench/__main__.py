"""Prints every measurement beside its limit. It never fails a build: machines are shared and noisy."""

import asyncio
import sys

from tests.bench import rollback, screen
from tests.bench.rollback import Measurement

_SUBJECTS = {"screen": screen.measurements, "rollback": rollback.measurements}


def main() -> None:
    """All subjects, or those that are named."""
    chosen = sys.argv[1:] or list(_SUBJECTS)
    for name in chosen:
        print(name)
        for one in asyncio.run(_SUBJECTS[name]()):
            print(line(one), flush=True)


def line(one: Measurement) -> str:
    """One figure with its limit and whether it holds."""
    told = f"  {one.name:<58} {one.value:>9.2f} {one.unit:<12}"
    if one.most is None:
        return told
    return f"{told} at most {one.most:g}  {'holds' if one.value <= one.most else 'MISSED'}"


if __name__ == "__main__":
    main()
