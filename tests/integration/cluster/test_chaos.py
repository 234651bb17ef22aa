"""Over a hundred random schedules of trouble between stores and the embedded API: each store ends equal to
the server's list, and its listener was told every change once."""

import asyncio
import random
from collections import Counter

import pytest
from alfred_tui.cluster.objects.resources import PODS
from alfred_tui.cluster.store.watch import Timing, Watch

from tests.integration.cluster.api import connected
from tests.integration.cluster.chaos import (
    LIST_FAULTS,
    WATCH_FAULTS,
    Account,
    Namespace,
    Noted,
    Upstream,
    upstream,
)
from tests.integration.cluster.test_watch import until

QUICK = Timing(
    page=5,
    watch=1.0,
    grace=0.1,
    silence=0.5,
    first_pause=0.005,
    longest_pause=0.05,
    refused_pause=0.05,
    settled=0.5,
)
GROUPS, SEEDS = 4, 26


async def schedule(behind: Upstream, seed: int) -> tuple[list[str], Counter[str]]:
    """One store, one random schedule. What was wrong, and which faults it went through."""
    rng = random.Random(seed)
    namespace = Namespace(behind.etcd, f"n{seed}", seed)
    account, noted = Account(), Noted()
    for _ in range(12):
        namespace.stir()
    async with behind.proxied(seed) as (proxy, url), connected(url) as connection:
        watch = Watch(
            connection, PODS, namespace.name,
            on_changes=account, on_state=lambda: None, now=lambda: 1000.0, timing=QUICK,
        )  # fmt: skip
        watch.store = noted
        proxy.list_faults.extend(rng.choices(LIST_FAULTS, k=6))
        proxy.watch_faults.extend(rng.choices(WATCH_FAULTS, k=14))
        following = asyncio.create_task(watch.run())
        try:
            async with asyncio.timeout(90):
                while proxy.watch_faults:
                    namespace.stir()
                    if rng.random() < 0.03:
                        watch.reconnect()
                    await asyncio.sleep(rng.random() * 0.04)
            proxy.list_faults.clear()

            def same() -> bool:
                here = {key[1]: pod.metadata.resource_version for key, pod in noted.objects.items()}
                return here == namespace.versions()

            def heard() -> bool:
                return same() and watch.hearing.state.connection == "live"

            await until(heard, f"seed {seed}: the server's list", 40)
            await asyncio.sleep(0.05)  # its word may change on a busy machine, its objects may not
            assert same(), f"seed {seed}: it did not stay equal"
        except TimeoutError:
            return [f"seed {seed}: stuck before {proxy.watch_faults}: {watch.hearing.state}"], proxy.done
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
    wrong = [f"seed {seed}: {one}" for one in account.wrong]
    wrong += [f"seed {seed}: missed {one}" for one in account.missed(namespace.written, noted.gaps)]
    if account.copy != noted.objects:
        wrong.append(f"seed {seed}: the listener's copy differs from the store")
    return wrong, proxy.done


@pytest.mark.parametrize("group", range(GROUPS))
async def test_after_each_of_a_hundred_random_schedules_the_store_equals_the_list(group: int) -> None:
    async with upstream() as behind:
        seeds = range(group * SEEDS, (group + 1) * SEEDS)
        found = await asyncio.gather(*(schedule(behind, seed) for seed in seeds))
    assert [one for wrong, _ in found for one in wrong] == []
    met = sum((done for _, done in found), Counter[str]())
    meant = {f"list {one}" for one in LIST_FAULTS} | {f"watch {one}" for one in WATCH_FAULTS}
    assert set(met) >= meant, f"not met: {meant - set(met)}"
