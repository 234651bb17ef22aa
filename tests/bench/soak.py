"""Ten minutes of five hundred changes a second: memory stays flat. `python -m tests.bench.soak [MINUTES]`.

One change in ten is a pod that goes and another that comes. The first fifth of the time is for what is made
once (caches fill, the allocator finds its size); from then on memory may grow by a tenth at most.
"""

import sys
import tempfile
import time
from pathlib import Path

from tests.bench.__main__ import line
from tests.bench.cluster import cockpit, serving, shown
from tests.bench.rollback import Measurement
from tests.bench.screen import _status

_PODS, _NODES = 10_000, 500


def main() -> None:
    """Prints memory once a fifth, and the growth beside its limit."""
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 10.0
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with serving(folder / "api", _PODS, _NODES) as api:
            program = cockpit(api, folder)
            try:
                program.until(shown(_PODS), 60)
                api.tell(rate=500)
                seen = []
                for part in range(5):
                    program.read_for(minutes * 60 / 5)
                    seen.append(_status(program.pid, "VmRSS") / 1024)
                    at = time.strftime("%H:%M:%S")
                    print(f"  {at} after {minutes / 5 * (part + 1):.1f} min: {seen[-1]:.1f} MB", flush=True)
                made = api.tell()["made"]
            finally:
                program.kill()
    growth = (max(seen[1:]) / seen[0] - 1) * 100
    print(line(Measurement(f"growth of memory over {made:.0f} changes", growth, "%", 10)))


if __name__ == "__main__":
    main()
