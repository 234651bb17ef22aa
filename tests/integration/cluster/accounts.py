"""Accounts of the embedded API with the rights of a manifest in docs/rbac, or with a few."""

from pathlib import Path

import yaml
from alfred_tui.demo.kube.rights import Rule, User

RBAC = Path(__file__).parents[3] / "docs" / "rbac"
SEE = ("get", "list", "watch")


def rules_of(manifest: str, namespace: str = "default") -> tuple[Rule, ...]:
    """The rules of docs/rbac/MANIFEST: a Role's in the namespace, a ClusterRole's everywhere."""
    return tuple(
        Rule(
            tuple(rule["verbs"]),
            tuple(rule["apiGroups"]),
            tuple(rule["resources"]),
            namespace if role["kind"] == "Role" else "",
        )
        for role in yaml.safe_load_all((RBAC / manifest).read_text())
        for rule in role["rules"]
    )


def account(*rules: Rule) -> User:
    """An account that may do this and nothing else."""
    return User("narrow", ("system:authenticated",), "none", rules)
