"""A real Prometheus on loopback for one test: Debian's, started on a free port with a folder of its own."""

import asyncio
import os
import re
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml
from alfred_tui.demo.scenarios import SERVICES

RULES = Path(__file__).parents[3] / "docs" / "prometheus"
_LISTENING = re.compile(r'msg="Listening on" address=(127\.0\.0\.1:\d+)')


def needs(program: str) -> str:
    """The program's path. Without it the test is skipped with the reason, or fails where CI=true."""
    found = shutil.which(program)
    if found is None:
        reason = f"{program} is not installed"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@asynccontextmanager
async def real_prometheus(
    folder: Path, *, services: str = "", interval: str = "250ms", port: int = 0, flags: Sequence[str] = ()
) -> AsyncIterator[str]:
    """Its base URL. It loads the shipped rules, scrapes `services`, and has the blocks in `folder`/data.

    `port` 0: a free one; another to come back where it was. `flags`: more of its own.
    """
    program = needs("prometheus")
    config = folder / "prometheus.yml"
    config.write_text(yaml.safe_dump(_config(services, interval)), encoding="utf-8")
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            program,
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            *flags,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://{await _address(folder / 'log', process)}"
        await _ready(url)
        yield url
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), 5)
        except TimeoutError:
            process.kill()
            await process.wait()


def _config(services: str, interval: str) -> dict[str, object]:
    host = services.removeprefix("http://")
    return {
        "global": {"scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval},
        "rule_files": [str(path) for path in sorted(RULES.glob("*.yml"))],
        "scrape_configs": [
            {
                "job_name": "alfred",
                "honor_labels": True,
                "static_configs": [
                    {
                        "targets": [host] if host else [],
                        "labels": {"service": name, "__metrics_path__": f"/{name}/health/metrics"},
                    }
                    for name in SERVICES
                ],
            }
        ],
    }


async def _ready(url: str) -> None:
    """It listens before it has read its blocks, and answers 503 until then."""
    async with asyncio.timeout(10), httpx.AsyncClient(base_url=url) as client:
        while (await client.get("/-/ready")).status_code != 200:
            await asyncio.sleep(0.02)


async def _address(log: Path, process: asyncio.subprocess.Process) -> str:
    async with asyncio.timeout(10):
        while True:
            text = log.read_text(encoding="utf-8", errors="replace")
            if found := _LISTENING.search(text):
                return found[1]
            if process.returncode is not None:
                pytest.fail(f"prometheus ended with {process.returncode}: {text[-2000:]}")
            await asyncio.sleep(0.02)
