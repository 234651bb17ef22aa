"""Where to look next, as a command that can be pasted as it stands."""

import shlex


def kubectl(*words: str, namespace: str = "") -> str:
    """`kubectl logs shop-1 -c app -n prod`; what comes from the cluster cannot become another command."""
    where = ("-n", namespace) if namespace else ()
    return shlex.join(("kubectl", *words, *where))
