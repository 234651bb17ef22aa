"""The log subresource: which lines of which container, and why there are none."""

from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec

from alfred_tui.demo.kube.errors import Cause, bad_request, forbidden_value, invalid, invalid_value
from alfred_tui.demo.kube.objects import Obj, epoch
from alfred_tui.demo.kube.options import flag, number
from alfred_tui.demo.kube.sources import LogSource


class LogOptions(msgspec.Struct, frozen=True):
    """The query of a log request; `since` is in epoch seconds."""

    container: str = ""
    follow: bool = False
    previous: bool = False
    timestamps: bool = False
    since: float | None = None
    tail: int | None = None
    limit_bytes: int | None = None


def log_options(pod: str, query: Mapping[str, str], now: float) -> LogOptions:
    """ApiError 400 for options that cannot be read, 422 for those that make no sense."""
    seconds, tail = number(query, "sinceSeconds"), number(query, "tailLines")
    limit = number(query, "limitBytes")
    causes: list[Cause] = []
    if tail is not None and tail < 0:
        causes.append(invalid_value("tailLines", tail, "must be greater than or equal to 0"))
    if limit is not None and limit < 1:
        causes.append(invalid_value("limitBytes", limit, "must be greater than 0"))
    if seconds is not None and query.get("sinceTime"):
        why = "at most one of `sinceTime` or `sinceSeconds` may be specified"
        causes.append(forbidden_value("sinceSeconds", why))
    elif seconds is not None and seconds < 1:
        causes.append(invalid_value("sinceSeconds", seconds, "must be greater than 0"))
    if causes:
        raise invalid("", "PodLogOptions", pod, causes)
    since = None if seconds is None else now - seconds
    if query.get("sinceTime"):
        try:
            since = epoch(query["sinceTime"])
        except ValueError as problem:
            text = query["sinceTime"]
            layout = "2006-01-02T15:04:05Z07:00"
            why = f'parsing time "{text}" as "{layout}": cannot parse "{text}" as "2006"'
            raise bad_request(why) from problem
    return LogOptions(
        container=query.get("container", ""),
        follow=flag(query, "follow"),
        previous=flag(query, "previous"),
        timestamps=flag(query, "timestamps"),
        since=since,
        tail=tail,
        limit_bytes=limit,
    )


def container_of(pod: Obj, wanted: str) -> str:
    """The container whose log is meant. ApiError 400 when it is not the pod's, or not named among several."""
    name = pod["metadata"]["name"]
    spec = pod.get("spec") or {}
    main = [str(c["name"]) for c in spec.get("containers") or ()]
    first = [str(c["name"]) for c in spec.get("initContainers") or ()]
    if not wanted:
        if len(main) == 1:
            return main[0]
        also = f" or one of the init containers: [{' '.join(first)}]" if first else ""
        raise bad_request(
            f"a container name must be specified for pod {name}, choose one of: [{' '.join(main)}]{also}"
        )
    if wanted not in (*main, *first):
        raise bad_request(f"container {wanted} is not valid for pod {name}")
    return wanted


def check_started(pod: Obj, container: str, *, previous: bool) -> bool:
    """Whether the container has a log; ApiError 400 with the reason when it cannot have one yet.

    False, and an empty log, while the pod has no node.
    """
    name = pod["metadata"]["name"]
    status = pod.get("status") or {}
    statuses = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    found = next((s for s in statuses if s.get("name") == container), None)
    if found is None:
        if not (pod.get("spec") or {}).get("nodeName"):
            return False
        raise bad_request(f'container "{container}" in pod "{name}" is not available')
    if previous:
        if not (found.get("lastState") or {}).get("terminated"):
            raise bad_request(f'previous terminated container "{container}" in pod "{name}" not found')
        return True
    state = found.get("state") or {}
    waiting = state.get("waiting")
    if waiting is None or (found.get("lastState") or {}).get("terminated"):
        return True
    reason = waiting.get("reason", "")
    if reason == "ErrImagePull":
        why = f'container "{container}" in pod "{name}" is waiting to start: image can\'t be pulled'
    elif reason == "ImagePullBackOff":
        why = f'container "{container}" in pod "{name}" is waiting to start: trying and failing to pull image'
    else:
        why = f'container "{container}" in pod "{name}" is waiting to start: {reason or "ContainerCreating"}'
    raise bad_request(why)


class LogReader:
    """Reads one container's log: first what is asked of the past, then what follows."""

    def __init__(self, source: LogSource, pod: Obj, container: str, options: LogOptions) -> None:
        self._source = source
        self._place = (pod["metadata"].get("namespace", ""), pod["metadata"]["name"], container)
        self._options = options
        self._seen = 0
        self._left = options.limit_bytes
        self._last_time = float("-inf")

    @property
    def exhausted(self) -> bool:
        """Whether limitBytes is used up."""
        return self._left is not None and self._left <= 0

    def past(self) -> bytes:
        """What is asked of the lines so far."""
        lines = self._read()
        self._mark(lines)
        options = self._options
        if options.since is not None:
            lines = [line for line in lines if line[0] >= options.since]
        if options.tail is not None:
            lines = lines[-options.tail :] if options.tail else []
        return self._rendered(lines)

    def more(self) -> bytes:
        """The lines since the last call; a restarted container's log begins anew."""
        lines = self._read()
        if len(lines) < self._seen or (self._seen and lines[self._seen - 1][0] != self._last_time):
            self._seen = 0
        new = lines[self._seen :]
        self._mark(lines)
        return self._rendered(new)

    def _read(self) -> list[tuple[float, str]]:
        return self._source.lines(*self._place, previous=self._options.previous)

    def _mark(self, lines: list[tuple[float, str]]) -> None:
        self._seen = len(lines)
        if lines:
            self._last_time = lines[-1][0]

    def _rendered(self, lines: list[tuple[float, str]]) -> bytes:
        if self._options.timestamps:
            text = "".join(f"{_nanoseconds(at)} {line}\n" for at, line in lines)
        else:
            text = "".join(f"{line}\n" for _, line in lines)
        data = text.encode()
        if self._left is not None:
            data = data[: max(self._left, 0)]
            self._left -= len(data)
        return data


def _nanoseconds(at: float) -> str:
    """RFC 3339 with nanoseconds, as container runtimes stamp lines."""
    whole = int(at)
    stamp = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{stamp}.{int((at - whole) * 1e9):09d}Z"
