"""A first list of pods into what is shown, a process of its own: `python -m tests.bench.listing WHO FOLDER`.

WHO is `ours` (partial structs, the store, the board, its rows) or `official` (the client's typed list). Reads
FOLDER/page-*.json, the bytes of a server's pages, and prints seconds, MB that it took at most, and how many.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any


def ours(pages: Sequence[bytes]) -> tuple[float, int]:
    """Seconds of the processor, and rows."""
    import msgspec
    from alfred_tui import garbage
    from alfred_tui.cluster.access.said import saying
    from alfred_tui.cluster.live.pod_board import PodBoard
    from alfred_tui.cluster.objects.partial import ListOf, Pod
    from alfred_tui.cluster.store.kind_store import Store
    from alfred_tui.domain.cluster.workloads import ClusterView, Freshness
    from alfred_tui.domain.redaction import Redactor

    decoder = msgspec.json.Decoder(ListOf[Pod], dec_hook=saying(Redactor({}).text))
    fresh = Freshness(connection="live", since=0.0)
    garbage.look_seldom()  # as with the screen
    began = time.process_time()
    store: Store[Pod] = Store()
    board = PodBoard(time.time)
    gathered: list[Pod] = []
    for body in pages:
        page = decoder.decode(body)
        gathered += page.items or []
        board.pods(store.add_page(page.items or []))
    board.pods(store.replace(gathered, page.metadata.resource_version))
    view = ClusterView(
        pods=tuple(board.rows.values()), pods_freshness=fresh, rollouts_freshness=fresh, usage_freshness=fresh
    )
    return time.process_time() - began, len(view.pods)


def official(pages: Sequence[bytes]) -> tuple[float, int]:
    """Seconds of the processor, and objects."""
    from kubernetes.client import ApiClient, V1Pod, V1PodList

    client: Any = ApiClient()
    _ = V1Pod, V1PodList  # its models are imported when first named: no part of the list's cost
    warm = b'{"metadata":{},"items":[]}'
    client.deserialize(warm.decode(), "V1PodList", "application/json")
    began = time.process_time()
    found: list[Any] = []
    for body in pages:
        found += client.deserialize(body.decode(), "V1PodList", "application/json").items
    return time.process_time() - began, len(found)


def _memory(key: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(key)).split()[1]) / 1024


def main() -> None:
    """One measurement."""
    pages = [one.read_bytes() for one in sorted(Path(sys.argv[2]).glob("page-*.json"))]
    work = {"ours": ours, "official": official}[sys.argv[1]]
    work(pages[:1])
    before = _memory("VmRSS")
    seconds, count = work(pages)
    print(json.dumps({"seconds": seconds, "mb": _memory("VmHWM") - before, "count": count}))


if __name__ == "__main__":
    main()
