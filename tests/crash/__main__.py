"""`python -m tests.crash [RUNS] [--seed N]`: kills so many runs, and says which promises held."""

import argparse
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.crash.killing import Report, kill_one

AT_ONCE = 3


def kill_many(folder: Path, seeds: range, show: bool) -> list[Report]:
    """A report a seed, a few runs at a time."""

    def one(seed: int) -> Report:
        report = kill_one(folder / str(seed), seed)
        if show:
            print(report.line, flush=True)
        return report

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, seeds))


def main() -> int:
    """0 when every promise held in every run."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash", description=__doc__)
    parser.add_argument("runs", nargs="?", type=int, default=210)
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="alfred-crash-", ignore_cleanup_errors=True) as folder:
        reports = kill_many(Path(folder), range(asked.seed, asked.seed + asked.runs), show=True)
    victims = Counter(report.victim for report in reports)
    told = Counter(report.victim for report in reports if report.told)
    broken = [report for report in reports if report.wrong]
    print(f"\n{len(reports)} runs killed in {time.monotonic() - began:.0f} s:")
    for victim, number in victims.items():
        print(f"  {victim:<10} {number:>4}, of which {told[victim]} left a step that did not pass at first")
    print(f"  {len(broken)} records break a promise" + "".join(f"\n    {one.line}" for one in broken))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
