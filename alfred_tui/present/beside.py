"""How the run's cluster is reached from another terminal, to be pasted there."""

import shlex

from alfred_tui.domain.cluster.workloads import Target


def kubectl(target: Target | None) -> tuple[str, ...]:
    """Shell lines that make kubectl mean the pinned context and namespace; none where no file leads there."""
    if target is None or not target.kubeconfig:
        return ()
    files = shlex.quote(":".join(target.kubeconfig))
    where = f"--context {shlex.quote(target.context)} -n {shlex.quote(target.namespace)}"
    return (f"export KUBECONFIG={files}", f"kubectl {where} get pods")
