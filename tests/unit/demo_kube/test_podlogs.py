"""Which lines of a container's log a request gets, and why it gets none."""

import pytest
from alfred_tui.demo.kube.podlogs import LogOptions, LogReader, check_started, container_of, log_options
from alfred_tui.demo.kube.store import ApiError, Obj

from tests.unit.demo_kube.objects import container, pod

LINES = [(10.0, "one"), (20.0, "two"), (30.5, "three")]


class Source:
    """A log the test writes."""

    def __init__(self, lines: list[tuple[float, str]]) -> None:
        self.current = list(lines)

    def lines(self, namespace: str, pod: str, container: str, *, previous: bool) -> list[tuple[float, str]]:
        return [(1.0, "before")] if previous else self.current


def read(**options: object) -> str:
    chosen = LogOptions(**options)  # type: ignore[arg-type]
    return LogReader(Source(LINES), pod(), "c", chosen).past().decode()


def test_all_of_it_by_default() -> None:
    assert read() == "one\ntwo\nthree\n"


def test_the_last_lines_the_latest_time_and_the_first_bytes() -> None:
    assert read(tail=1) == "three\n"
    assert read(tail=0) == ""
    assert read(since=20.0) == "two\nthree\n"
    assert read(since=15.0, tail=1) == "three\n"
    assert read(limit_bytes=5) == "one\nt"


def test_timestamps_have_nanoseconds() -> None:
    assert read(timestamps=True, tail=1) == "1970-01-01T00:00:30.500000000Z three\n"


def test_the_run_before() -> None:
    assert read(previous=True) == "before\n"


def test_what_is_written_later_follows_once() -> None:
    source = Source(LINES)
    reader = LogReader(source, pod(), "c", LogOptions(follow=True, tail=1))
    assert reader.past() == b"three\n"
    assert reader.more() == b""
    source.current.append((40.0, "four"))
    assert reader.more() == b"four\n"
    assert reader.more() == b""


def test_a_restarted_containers_log_begins_anew() -> None:
    source = Source(LINES)
    reader = LogReader(source, pod(), "c", LogOptions(follow=True))
    reader.past()
    source.current = [(50.0, "again")]
    assert reader.more() == b"again\n"


def test_the_only_container_need_not_be_named() -> None:
    assert container_of(pod(), "") == "c"


def test_one_of_several_containers_must_be_named() -> None:
    obj = pod("p")
    obj["spec"]["containers"].append({"name": "d"})
    obj["spec"]["initContainers"] = [{"name": "i"}]
    with pytest.raises(ApiError) as refused:
        container_of(obj, "")
    assert refused.value.message == (
        "a container name must be specified for pod p, choose one of: [c d] "
        "or one of the init containers: [i]"
    )
    assert container_of(obj, "i") == "i"
    with pytest.raises(ApiError, match="container x is not valid for pod p"):
        container_of(obj, "x")


@pytest.mark.parametrize(
    ("state", "why"),
    [
        ({"waiting": {"reason": "ContainerCreating"}}, "waiting to start: ContainerCreating"),
        ({"waiting": {"reason": "ErrImagePull"}}, "waiting to start: image can't be pulled"),
        ({"waiting": {"reason": "ImagePullBackOff"}}, "waiting to start: trying and failing to pull image"),
    ],
)
def test_a_container_that_never_ran_has_no_log(state: Obj, why: str) -> None:
    obj = pod(containerStatuses=[container(**state)])
    with pytest.raises(ApiError) as refused:
        check_started(obj, "c", previous=False)
    assert refused.value.message == f'container "c" in pod "p" is {why}'
    assert refused.value.code == 400


def test_a_container_between_two_runs_has_the_log_of_its_last() -> None:
    status = container(waiting={"reason": "CrashLoopBackOff"}, last={"terminated": {"exitCode": 1}})
    assert check_started(pod(containerStatuses=[status]), "c", previous=False)


def test_there_is_no_run_before_the_first() -> None:
    obj = pod(containerStatuses=[container(running={})])
    with pytest.raises(ApiError, match='previous terminated container "c" in pod "p" not found'):
        check_started(obj, "c", previous=True)


def test_a_pod_without_a_node_has_an_empty_log() -> None:
    obj = pod()
    del obj["spec"]["nodeName"]
    assert not check_started(obj, "c", previous=False)


def test_the_options_of_a_request() -> None:
    options = log_options(
        "p", {"sinceSeconds": "60", "tailLines": "5", "follow": "true", "container": "c"}, 100.0
    )
    assert options == LogOptions(container="c", follow=True, since=40.0, tail=5)
    assert log_options("p", {"sinceTime": "1970-01-01T00:00:10Z"}, 0.0).since == 10.0


@pytest.mark.parametrize(
    "query",
    [
        {"sinceSeconds": "1", "sinceTime": "1970-01-01T00:00:10Z"},
        {"tailLines": "-1"},
        {"sinceTime": "noon"},
    ],
)
def test_options_that_cannot_be_read(query: dict[str, str]) -> None:
    with pytest.raises(ApiError):
        log_options("p", query, 0.0)
