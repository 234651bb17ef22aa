"""Client libraries are loaded by one thread at a time, whichever floors need them."""

import threading
from collections.abc import Callable

import pytest
from alfred_tui import loading
from alfred_tui.cluster.access.kubeconfig import resolve
from alfred_tui.cluster.access.transport import build_client
from alfred_tui.metrics.source import MetricsSource

CONFIG = """
apiVersion: v1
kind: Config
current-context: a
clusters: [{name: a, cluster: {server: "https://127.0.0.1:9"}}]
users: [{name: a, user: {token: none}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
"""


def prometheus() -> None:
    MetricsSource("http://127.0.0.1:9")._open().close()


@pytest.mark.parametrize("library", ["kubernetes", "prometheus"])
def test_a_library_is_not_loaded_while_another_one_is(
    library: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("kube") / "config"
    path.write_text(CONFIG)
    access = resolve((str(path),), None)
    loads: dict[str, Callable[[], object]] = {
        "kubernetes": lambda: build_client(access, None),
        "prometheus": prometheus,
    }
    ended = threading.Event()

    def load() -> None:
        loads[library]()
        ended.set()

    thread = threading.Thread(target=load)
    with loading.ONE:
        thread.start()
        assert not ended.wait(0.3)
    thread.join(30)
    assert ended.is_set()
