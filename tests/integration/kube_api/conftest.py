"""A running API server for each test."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from alfred_tui.demo.kube.store import Store

from tests.integration.kube_api.http import Client
from tests.integration.kube_api.lab import Lab, running
from tests.integration.kube_api.sources import FixedLogs, FixedUsage, Trouble


@pytest.fixture
def logs() -> FixedLogs:
    return FixedLogs()


@pytest.fixture
def usage() -> FixedUsage:
    return FixedUsage()


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest_asyncio.fixture
async def lab(tmp_path: Path, logs: FixedLogs, usage: FixedUsage, trouble: Trouble) -> AsyncIterator[Lab]:
    store = Store(time.time)
    async with running(tmp_path, store, now=time.time, logs=logs, usage=usage, faults=trouble) as lab:
        yield lab


@pytest_asyncio.fixture
async def client(lab: Lab) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as session:
        yield Client(lab, session, lab.server.admin_token)
