"""Plain HTTP to the API, for what kubectl does not show."""

import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from tests.integration.kube_api.lab import Lab

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"


class Client:
    """Requests with a bearer token, over TLS verified by the server's own authority."""

    def __init__(self, lab: Lab, session: aiohttp.ClientSession, token: str) -> None:
        self._lab = lab
        self._session = session
        self._token = token
        self._tls = ssl.create_default_context(cadata=lab.server.ca_pem)

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        accept: str = "",
        content_type: str = "application/json",
    ) -> tuple[int, Any]:
        """The status and the JSON answered."""
        data = None if body is None else json.dumps(body)
        return await self.send(method, path, data, accept=accept, content_type=content_type)

    async def send(
        self,
        method: str,
        path: str,
        data: str | None,
        *,
        accept: str = "",
        content_type: str = "application/json",
    ) -> tuple[int, Any]:
        """As `call`, with the body as it is to be sent."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": content_type}
        if accept:
            headers["Accept"] = accept
        async with self._session.request(
            method, self._lab.url + path, data=data, headers=headers, ssl=self._tls
        ) as response:
            text = await response.text()
            is_json = response.content_type == "application/json"
            return response.status, json.loads(text) if is_json else text

    async def get(self, path: str, *, accept: str = "") -> Any:
        """The JSON of a successful GET."""
        status, body = await self.call("GET", path, accept=accept)
        assert status == 200, body
        return body

    @asynccontextmanager
    async def stream(
        self, path: str, *, accept: str = "application/json"
    ) -> AsyncIterator[aiohttp.StreamReader]:
        """The body of an answer that goes on."""
        headers = {"Authorization": f"Bearer {self._token}", "Accept": accept}
        async with self._session.get(
            self._lab.url + path, headers=headers, ssl=self._tls, timeout=aiohttp.ClientTimeout(total=20)
        ) as response:
            assert response.status == 200
            yield response.content


async def next_event(content: aiohttp.StreamReader) -> tuple[str, Any]:
    """The next event of a watch: its type and object."""
    line = await content.readline()
    assert line, "the watch ended"
    event = json.loads(line)
    return event["type"], event["object"]
