"""Prints every measurement beside its limit. It never fails a build: machines are shared and noisy."""

import asyncio
import os
import sys

from tests.bench import cluster, durable, journal, rollback, screen
from tests.bench.rollback import Measurement

_SUBJECTS = {
    "screen": screen.measurements,
    "durable": durable.measurements,
    "journal": journal.measurements,
    "rollback": rollback.measurements,
    "cluster": cluster.measurements,
}


def main() -> None:
    """All subjects, or those that are named."""
    chosen = sys.argv[1:] or list(_SUBJECTS)
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}: others' work slows what is measured")
    for name in chosen:
        print(name)
        for one in asyncio.run(_SUBJECTS[name]()):
            print(line(one), flush=True)


def line(one: Measurement) -> str:
    """One figure with its limit and whether it holds."""
    told = f"  {one.name:<58} {one.value:>9.2f} {one.unit:<12}"
    if one.most is not None:
        return f"{told} at most {one.most:g}  {'holds' if one.value <= one.most else 'MISSED'}"
    if one.least is not None:
        return f"{told} at least {one.least:g}  {'holds' if one.value >= one.least else 'MISSED'}"
    return told


if __name__ == "__main__":
    main()
