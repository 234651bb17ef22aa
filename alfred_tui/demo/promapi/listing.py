"""What the API lists: series and labels, rules, alerts, targets."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from alfred_tui.demo.promapi.errors import bad_data
from alfred_tui.demo.promapi.formats import rfc3339
from alfred_tui.demo.promapi.rules import Active, Alerting, Group, Recording, active
from alfred_tui.demo.traffic.counters import DURATION, REQUESTS
from alfred_tui.demo.traffic.series import Series
from alfred_tui.demo.traffic.traffic import STEP, Traffic

BUILD_INFO = {
    "version": "2.42.0",
    "revision": "",
    "branch": "alfred-cockpit demo",
    "buildUser": "",
    "buildDate": "",
    "goVersion": "",
}

_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def series(found: Iterable[Series]) -> list[dict[str, str]]:
    return sorted((one.labels for one in found), key=lambda labels: sorted(labels.items()))


def labels(found: Iterable[Series]) -> list[str]:
    return sorted({name for one in found for name in one.labels})


def label_values(found: Iterable[Series], name: str) -> list[str]:
    if not _LABEL.fullmatch(name):
        raise bad_data(f'invalid label name: "{name}"')
    return sorted({one.labels[name] for one in found if name in one.labels})


def metadata() -> dict[str, Any]:
    return {
        REQUESTS: [{"type": "counter", "help": "Requests answered, by code.", "unit": ""}],
        DURATION: [{"type": "histogram", "help": "Seconds until a request was answered.", "unit": ""}],
    }


def rules(
    groups: Sequence[Group], found: list[Series], now: float, evaluated: float, kind: str
) -> dict[str, Any]:
    """The `data` of /rules. `kind`: "alert", "record" or "" for both."""
    shown: list[dict[str, Any]] = []
    for group in groups:
        wanted = [rule for rule in group.rules if _is_kind(rule, kind)]
        if not wanted:
            continue
        shown.append(
            {
                "name": group.name,
                "file": group.file,
                "rules": [_rule(rule, found, now, evaluated) for rule in wanted],
                "interval": STEP,
                "limit": 0,
                "evaluationTime": 0.0005,
                "lastEvaluation": rfc3339(evaluated),
            }
        )
    return {"groups": shown}


def _is_kind(rule: Recording | Alerting, kind: str) -> bool:
    return not kind or (kind == "record") == isinstance(rule, Recording)


def _rule(rule: Recording | Alerting, found: list[Series], now: float, evaluated: float) -> dict[str, Any]:
    last = {"evaluationTime": 0.0001, "lastEvaluation": rfc3339(evaluated), "health": "ok"}
    if isinstance(rule, Recording):
        return {"name": rule.record, "query": rule.expr, **last, "type": "recording"}
    current = active(rule, found, now)
    state = "inactive"
    if current:
        state = "firing" if any(one.firing for one in current) else "pending"
    return {
        "state": state,
        "name": rule.alert,
        "query": rule.expr,
        "duration": rule.hold,
        "keepFiringFor": 0,
        "labels": rule.labels,
        "annotations": rule.annotations,
        "alerts": [one.as_json() for one in current],
        **last,
        "type": "alerting",
    }


def alerts(groups: Sequence[Group], found: list[Series], now: float) -> dict[str, Any]:
    current: list[Active] = []
    for group in groups:
        for rule in group.rules:
            if isinstance(rule, Alerting):
                current += active(rule, found, now)
    return {"alerts": [one.as_json() for one in current]}


def targets(traffic: Traffic, scrape_url: str, state: str) -> dict[str, Any]:
    """The `data` of /targets; there is one target per service, and none is ever dropped."""
    shown = [] if state == "dropped" else [_target(one, scrape_url, traffic) for one in traffic.ups()]
    return {"activeTargets": shown, "droppedTargets": []}


def _target(up: Series, scrape_url: str, traffic: Traffic) -> dict[str, Any]:
    kept = {name: text for name, text in up.labels.items() if name != "__name__"}
    url = f"{scrape_url.format(service=kept['service'])}/health/metrics"
    healthy = bool(up.values) and up.values[-1] == 1
    return {
        "discoveredLabels": {
            "__address__": kept["instance"],
            "__metrics_path__": f"/{kept['service']}/health/metrics",
            "__scheme__": "http",
            "__scrape_interval__": f"{STEP:g}s",
            "__scrape_timeout__": f"{STEP:g}s",
            "job": kept["job"],
            "service": kept["service"],
        },
        "labels": kept,
        "scrapePool": kept["job"],
        "scrapeUrl": url,
        "globalUrl": url,
        "lastError": "" if healthy else "server returned HTTP status 503 Service Unavailable",
        "lastScrape": rfc3339(traffic.sampled_at),
        "lastScrapeDuration": 0.002,
        "health": "up" if healthy else "down",
        "scrapeInterval": f"{STEP:g}s",
        "scrapeTimeout": f"{STEP:g}s",
    }
