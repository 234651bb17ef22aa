"""What is pasted into another terminal to look at the run's cluster."""

from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.present.beside import kubectl

TARGET = Target(context="prod eu", namespace="shop", server="https://x", kubeconfig=("/a b", "/c"))


def test_it_names_the_files_the_context_and_the_namespace_for_a_shell() -> None:
    assert kubectl(TARGET) == (
        "export KUBECONFIG='/a b:/c'",
        "kubectl --context 'prod eu' -n shop get pods",
    )


def test_without_a_file_there_is_nothing_to_paste() -> None:
    assert kubectl(None) == ()
    assert kubectl(Target(context="in-cluster", namespace="shop", server="https://x")) == ()
