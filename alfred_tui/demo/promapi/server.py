"""The loopback server that speaks Prometheus' HTTP API, version 1.

Shapes and refusals are those of Prometheus 2.42, against which the tests hold it.
"""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from alfred_tui.demo.loopback import Loopback
from alfred_tui.demo.promapi import evaluate, listing
from alfred_tui.demo.promapi.errors import QueryError, bad_data, bad_parameter
from alfred_tui.demo.promapi.formats import parse_span, parse_time
from alfred_tui.demo.promapi.query import Expression, parse, parse_selector
from alfred_tui.demo.promapi.rules import load_groups
from alfred_tui.demo.traffic.series import Series
from alfred_tui.demo.traffic.traffic import Clock, Traffic

MOST_POINTS = 11_000

Params = dict[str, list[str]]
Answer = Callable[[Params, str], Any]


class PromServer:
    """Serves the simulated series on 127.0.0.1. `scrape_url` is where the services expose their metrics."""

    def __init__(
        self, traffic: Traffic, clock: Clock, *, scrape_url: str = "http://127.0.0.1:8080/{service}"
    ) -> None:
        self._traffic = traffic
        self._clock = clock
        self._scrape_url = scrape_url
        self._groups = load_groups()
        self._server = Loopback(self._app())

    async def start(self, port: int = 0) -> str:
        """Listens (port 0: on a free one) and returns the base URL."""
        return await self._server.start(port)

    async def stop(self) -> None:
        await self._server.stop()

    def _app(self) -> web.Application:
        app = web.Application()
        answers: dict[str, Answer] = {
            "/query": self._query,
            "/query_range": self._query_range,
            "/series": self._series,
            "/labels": self._labels,
            "/label/{name}/values": self._label_values,
            "/rules": self._rules,
            "/alerts": self._alerts,
            "/targets": self._targets,
            "/metadata": lambda _params, _name: listing.metadata(),
            "/status/buildinfo": lambda _params, _name: listing.BUILD_INFO,
        }
        for path, answer in answers.items():
            handler = _handler(answer)
            app.router.add_get(f"/api/v1{path}", handler)
            if path in ("/query", "/query_range", "/series", "/labels"):
                app.router.add_post(f"/api/v1{path}", handler)
        for path, text in _PAGES.items():
            app.router.add_get(path, _page(text))
        app.router.add_route("*", "/{other:.*}", _nothing_here)
        return app

    def _all(self) -> list[Series]:
        self._traffic.tick()
        return list(self._traffic.series())

    def _query(self, params: Params, _name: str) -> Any:
        time = self._time(params, "time", self._clock.now())
        _check_timeout(params)
        return evaluate.instant(_expression(params, "query"), self._all(), time)

    def _query_range(self, params: Params, _name: str) -> Any:
        start, end = self._time(params, "start"), self._time(params, "end")
        if end < start:
            raise bad_parameter("end", "end timestamp must not be before start time")
        step = _span(params, "step")
        if step <= 0:
            refusal = "zero or negative query resolution step widths are not accepted. Try a positive integer"
            raise bad_parameter("step", refusal)
        if (end - start) / step > MOST_POINTS:
            raise bad_data(
                "exceeded maximum resolution of 11,000 points per timeseries."
                " Try decreasing the query resolution (?step=XX)"
            )
        _check_timeout(params)
        times = [start + index * step for index in range(int((end - start) / step + 1e-9) + 1)]
        return evaluate.ranged(parse(_first(params, "query")), self._all(), times)

    def _time(self, params: Params, name: str, default: float | None = None) -> float:
        text = _first(params, name)
        if not text and default is not None:
            return default
        found = parse_time(text)
        if found is None:
            prefix = f"Invalid time value for '{name}': " if default is not None else ""
            raise bad_parameter(name, f'{prefix}cannot parse "{text}" to a valid timestamp')
        return found

    def _matched(self, params: Params, *, required: bool = False) -> list[Series]:
        """The series that a match[] selects and that have a sample between start and end."""
        texts = params.get("match[]", [])
        if required and not texts:
            raise bad_data("no match[] parameter provided")
        selectors = [parse_selector(text, "match[]") for text in texts]
        now = self._clock.now()
        start = self._time(params, "start", now - 2 * 3600)
        end = self._time(params, "end", now)
        return [
            one
            for one in self._all()
            if one.window(start, end)
            and (not selectors or any(selector.matches(one.labels) for selector in selectors))
        ]

    def _series(self, params: Params, _name: str) -> Any:
        return listing.series(self._matched(params, required=True))

    def _labels(self, params: Params, _name: str) -> Any:
        return listing.labels(self._matched(params))

    def _label_values(self, params: Params, name: str) -> Any:
        return listing.label_values(self._matched(params), name)

    def _rules(self, params: Params, _name: str) -> Any:
        kind = _first(params, "type").lower()
        if kind not in ("", "alert", "record"):
            raise bad_parameter("type", f'not supported value "{kind}"')
        series = self._all()
        return listing.rules(self._groups, series, self._clock.now(), self._traffic.sampled_at, kind)

    def _alerts(self, _params: Params, _name: str) -> Any:
        return listing.alerts(self._groups, self._all(), self._clock.now())

    def _targets(self, params: Params, _name: str) -> Any:
        state = _first(params, "state").lower()
        self._traffic.tick()
        return listing.targets(self._traffic, self._scrape_url, state)


def _handler(answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        params: Params = {name: list(request.query.getall(name)) for name in request.query}
        if request.method == "POST":
            form = (await request.read()).decode(errors="replace")
            for name, values in parse_qs(form, keep_blank_values=True).items():
                params[name] = values + params.get(name, [])
        try:
            body = {"status": "success", "data": answer(params, request.match_info.get("name", ""))}
        except QueryError as error:
            return web.json_response(error.body(), status=error.code, dumps=_json)
        return web.json_response(body, dumps=_json)

    return handle


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _first(params: Params, name: str) -> str:
    return params.get(name, [""])[0]


def _expression(params: Params, name: str) -> Expression:
    try:
        return parse(_first(params, name))
    except QueryError as error:
        if error.code != 400:
            raise
        # Only the instant query's handler names the parameter before the parser's words.
        raise bad_parameter(name, error.message) from None


def _span(params: Params, name: str) -> float:
    text = _first(params, name)
    found = parse_span(text.lstrip("-"))
    if found is None:
        raise bad_parameter(name, f'cannot parse "{text}" to a valid duration')
    return -found if text.startswith("-") else found


def _check_timeout(params: Params) -> None:
    if _first(params, "timeout"):
        _span(params, "timeout")


_PAGES = {
    "/-/ready": "Prometheus Server is Ready.\n",
    "/-/healthy": "Prometheus Server is Healthy.\n",
    "/": "The demo's Prometheus API. Its series are simulated.\n",
}


def _page(text: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def show(_request: web.Request) -> web.Response:
        return web.Response(text=text)

    return show


async def _nothing_here(_request: web.Request) -> web.Response:
    return web.Response(text="404 page not found\n", status=404)
