"""What an account may do on a cluster, as the cluster itself answers, and the words in which it is told."""

from collections.abc import Iterable

import msgspec


class Right(msgspec.Struct, frozen=True, order=True):
    """A verb on a resource, as RBAC names them. `resource` may have a subresource: `pods/log`."""

    group: str
    resource: str
    verb: str
    everywhere: bool = False
    """Whether it is needed at the cluster's scope, not in the run's namespace."""

    @property
    def what(self) -> str:
        """The resource with its API group, as kubectl writes it: `deployments.apps/scale`."""
        name, slash, sub = self.resource.partition("/")
        return f"{name}.{self.group}{slash}{sub}" if self.group else self.resource

    def __str__(self) -> str:
        return f"{self.verb} {self.what}"


class Rights(msgspec.Struct, frozen=True, kw_only=True):
    """Answers of SelfSubjectAccessReviews in one namespace. A right in neither set was not found out."""

    namespace: str = ""
    allowed: frozenset[Right] = frozenset()
    refused: frozenset[Right] = frozenset()
    unknown: str = ""
    """Why some could not be found out."""

    def missing(self, wanted: Iterable[Right]) -> tuple[Right, ...]:
        """Those of them that the cluster said are not given, each once, in their order."""
        return tuple(dict.fromkeys(one for one in wanted if one in self.refused))

    def refusal(self, *wanted: Right) -> str:
        """What is missing of them, in a sentence, and what to do; empty when nothing is known to be."""
        lacking = self.missing(wanted)
        if not lacking:
            return ""
        return f"This account may not {self.told(lacking)}. Ask for that right, or use another context."

    def told(self, rights: Iterable[Right]) -> str:
        """Rights in words, verbs of one resource together: `list and watch pods in alfred`."""
        verbs: dict[tuple[str, bool], list[str]] = {}
        for one in rights:
            verbs.setdefault((one.what, one.everywhere), []).append(one.verb)
        return "; ".join(
            f"{_joined(names)} {what}{_where(self.namespace, everywhere=everywhere)}"
            for (what, everywhere), names in verbs.items()
        )


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _where(namespace: str, *, everywhere: bool) -> str:
    if everywhere:
        return " at the cluster's scope"
    return f" in {namespace}" if namespace else " in all namespaces"
