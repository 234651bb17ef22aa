"""Prometheus' alerting rules and scrape targets, as far as a checklist asks about them."""

import msgspec


class AlertRule(msgspec.Struct, frozen=True, kw_only=True):
    """One alerting rule."""

    name: str
    group: str = ""
    state: str = ""
    """inactive, pending, firing, or unknown before its first evaluation."""
    health: str = ""
    """ok, err, or unknown before its first evaluation."""
    error: str = ""
    """Why its expression could not be evaluated."""
    firing: int = 0
    """How many series make it fire."""


class ScrapeTarget(msgspec.Struct, frozen=True, kw_only=True):
    """One active scrape target."""

    job: str
    instance: str
    health: str = ""
    """up, down, or unknown before its first scrape."""
    error: str = ""
    url: str = ""


class _Alert(msgspec.Struct, frozen=True):
    state: str = ""


class _Rule(msgspec.Struct, frozen=True, rename="camel"):
    type: str = ""
    name: str = ""
    state: str = ""
    health: str = ""
    last_error: str = ""
    alerts: list[_Alert] = []


class _Group(msgspec.Struct, frozen=True):
    name: str = ""
    rules: list[_Rule] = []


class _Groups(msgspec.Struct, frozen=True):
    groups: list[_Group]


class _Target(msgspec.Struct, frozen=True, rename="camel"):
    labels: dict[str, str] = {}
    scrape_pool: str = ""
    scrape_url: str = ""
    health: str = ""
    last_error: str = ""


class _Targets(msgspec.Struct, frozen=True, rename="camel"):
    active_targets: list[_Target]


def read_alerts(data: object) -> tuple[AlertRule, ...]:
    """The alerting rules of a rules answer's `data`. Raises msgspec.ValidationError."""
    return tuple(
        AlertRule(
            name=rule.name,
            group=group.name,
            state=rule.state,
            health=rule.health,
            error=rule.last_error,
            firing=sum(alert.state == "firing" for alert in rule.alerts),
        )
        for group in msgspec.convert(data, _Groups).groups
        for rule in group.rules
        if rule.type == "alerting"
    )


def read_targets(data: object) -> tuple[ScrapeTarget, ...]:
    """The active targets of a targets answer's `data`. Raises msgspec.ValidationError."""
    return tuple(
        ScrapeTarget(
            job=target.labels.get("job", target.scrape_pool),
            instance=target.labels.get("instance", target.scrape_url),
            health=target.health,
            error=target.last_error,
            url=target.scrape_url,
        )
        for target in msgspec.convert(data, _Targets).active_targets
    )
