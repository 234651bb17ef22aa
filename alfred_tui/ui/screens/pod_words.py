"""The pod screen's words: why it is not well, what it is, its containers, conditions and events."""

from collections.abc import Callable, Iterable

from alfred_tui.domain.cluster.pod_detail import ContainerDetail, ContainerEnd, PodDetail
from alfred_tui.domain.cluster.workloads import ContainerUsage, Freshness, Pod
from alfred_tui.ui.look import CONNECTION, Piece, Tone
from alfred_tui.ui.text import age, clean, cpu, memory
from alfred_tui.ui.widgets.last_words import began_told, word_lines
from alfred_tui.ui.widgets.pod_cells import status_pieces
from alfred_tui.ui.wrapping import TonedLine

_LABEL = 11


def title_pieces(row: Pod, fresh: Freshness, gone: str) -> list[Piece]:
    """Beside its name: its status, and how fresh this is."""
    told: list[Piece] = [(f"  {clean(row.namespace)}  ", "muted")]
    if gone:
        return [*told, ("✘ gone", "bad")]
    told += [("✔ ", "good")] if row.well else []
    told += status_pieces(row)
    if fresh.connection != "live":
        glyph, tone = CONNECTION[fresh.connection]
        told.append((f"  {glyph} {fresh.connection}", tone))
    return told


def about_lines(
    detail: PodDetail, usage: dict[str, ContainerUsage], now: float, during: Callable[[float], str]
) -> list[TonedLine]:
    """Everything but the events. `during` says what the run was at then."""
    lines = [*_facts(detail, now, during), ()]
    for container in detail.containers:
        lines += [*_container(container, usage.get(container.name), now), ()]
    lines.append((("CONDITIONS", "strong"),))
    lines += _conditions(detail, now)
    return lines


def _fact(label: str, *told: Piece) -> TonedLine:
    return ((f"{label:<{_LABEL}} ", "muted"), *told)


def _facts(detail: PodDetail, now: float, during: Callable[[float], str]) -> Iterable[TonedLine]:
    row = detail.row
    if row.diagnosis is not None:
        tone: Tone = "bad" if row.diagnosis.doomed else "warn"
        since = began_told(row.diagnosis.began_at, now, during)
        yield ("✘ ", tone), (clean(row.diagnosis.sentence), tone), (since, "muted")
        yield from word_lines(row.diagnosis)
        if row.diagnosis.look_at:
            yield _fact("look at", (clean(row.diagnosis.look_at), "plain"))
    yield _fact("owner", (clean(" → ".join(detail.owners)) or "none", "plain"))
    yield _fact(
        "node", (clean(row.node) or "none yet", "plain"), (f"  ip {clean(row.ip) or 'none'}", "muted")
    )
    counted = f"{row.restarts} restarts"
    fresh = f", {row.new_restarts} of them since the run began" if row.new_restarts else ""
    bad: Tone = "warn" if row.new_restarts else "muted"
    yield _fact("age", (age(now - row.created_at), "plain"), (f"  {counted}{fresh}", bad))
    labels = " ".join(f"{key}={value}" for key, value in sorted(row.labels.items()))
    yield _fact("labels", (clean(labels) or "none", "muted"))


def _container(one: ContainerDetail, used: ContainerUsage | None, now: float) -> Iterable[TonedLine]:
    role: Piece = (f"  {one.role}", "muted") if one.role != "container" else ("", "plain")
    yield ("CONTAINER ", "muted"), (clean(one.name), "strong"), role
    yield _fact("  image", (clean(one.image), "plain"))
    yield _fact("  state", *_state(one, now))
    if one.message:
        yield _fact("  because", (clean(one.message), "warn"))
    if one.before is not None:
        yield _fact("  before", *_end(one.before, now))
        if one.before.message:
            yield _fact("", (clean(one.before.message), "muted"))
    yield _fact("  restarts", (str(one.restarts), "warn" if one.restarts else "plain"))
    yield _fact("  cpu", *_resource(one, "cpu", cpu(used.cpu) if used else "–"))
    yield _fact("  memory", *_resource(one, "memory", memory(used.memory) if used else "–"))


def _state(one: ContainerDetail, now: float) -> Iterable[Piece]:
    match one.state:
        case "running":
            yield (
                ("✔ running", "good") if one.ready or one.role == "init" else ("▶ running, not ready", "warn")
            )
            if one.since:
                yield f" for {age(now - one.since)}", "muted"
        case "waiting":
            yield f"✘ waiting: {clean(one.reason) or 'no reason told'}", "warn"
        case "terminated":
            if one.ended is not None:
                yield from _end(one.ended, now)
        case _:
            yield "? nothing is told of it yet", "muted"


def _end(end: ContainerEnd, now: float) -> Iterable[Piece]:
    good = end.exit_code == 0 and not end.signal
    # Runtimes tell a signal as 128 and its number, and mostly not by itself.
    signal = end.signal or (end.exit_code - 128 if 128 < end.exit_code < 160 else 0)
    how = f"exit code {end.exit_code}" + (f" (signal {signal})" if signal else "")
    reason = f"{clean(end.reason)}, " if end.reason and end.reason not in ("Error", "Completed") else ""
    yield f"ended: {reason}{how}", "plain" if good else "bad"
    if end.ended_at:
        yield f", {age(now - end.ended_at)} ago", "muted"
        if end.started_at:
            yield f", after {age(end.ended_at - end.started_at)}", "muted"


def _resource(one: ContainerDetail, name: str, used: str) -> Iterable[Piece]:
    asked, limit = one.requests.get(name, "none"), one.limits.get(name, "none")
    yield f"uses {used}", "plain" if used != "–" else "muted"
    yield f"   request {clean(asked)}   limit {clean(limit)}", "muted"


def _conditions(detail: PodDetail, now: float) -> Iterable[TonedLine]:
    if not detail.conditions:
        yield (("none told yet", "muted"),)
    for one in detail.conditions:
        true = one.status == "True"
        mark: Piece = ("✔ ", "good") if true else ("✘ ", "warn")
        since = f"  since {age(now - one.since)}" if one.since else ""
        why = clean(": ".join(text for text in (one.reason, one.message) if text))
        yield mark, (f"{clean(one.type)} {clean(one.status)}", "plain"), (since, "muted")
        if why:
            yield (("  ", "muted"), (why, "muted"))


def event_lines(detail: PodDetail, now: float) -> list[TonedLine]:
    """The events, newest first, each once with how often and since when."""
    lines: list[TonedLine] = []
    if detail.missing:
        lines.append((("! ", "warn"), (clean(detail.missing), "warn")))
    elif not detail.events:
        lines.append((("None. The API server keeps them for an hour.", "muted"),))
    for one in detail.events:
        tone: Tone = "muted" if one.type == "Normal" else "warn"
        times = f" ×{one.times} over {age(one.last_at - one.first_at)}" if one.times > 1 else ""
        lines.append(
            ((f"{age(now - one.last_at):>6} ", "muted"), (clean(one.reason), tone), (times, "muted"))
        )
        lines.append(
            (("       ", "muted"), (clean(one.message), "plain" if one.type == "Normal" else "warn"))
        )
    return lines
