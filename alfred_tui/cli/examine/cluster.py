"""The cluster: whether it answers, as whom, with which rights, and whether anything measures its pods."""

import asyncio
import time

from alfred_tui.cli.examine.subject import PATIENCE, Subject, named
from alfred_tui.cli.examine.tools import programs_of
from alfred_tui.cli.given import find_target
from alfred_tui.cluster.access.connect import Connection, connect
from alfred_tui.cluster.access.errors import Absent, ClusterError, Expired, Forbidden
from alfred_tui.cluster.live.usage import LATE, in_words
from alfred_tui.cluster.objects.pod_status import epoch
from alfred_tui.cluster.objects.resources import NAMESPACES, POD_METRICS
from alfred_tui.cluster.store.permissions import ask_rights, identity
from alfred_tui.cluster.store.reads import list_all, read
from alfred_tui.domain.cluster.needs import Need, asks_cluster, distinct, for_lead, for_panels
from alfred_tui.domain.cluster.workloads import Target
from alfred_tui.domain.document.actions import Usage
from alfred_tui.domain.duration import format_duration
from alfred_tui.domain.errors import CockpitError
from alfred_tui.present.doctor import Finding, Word, rights_findings, role_finding

SUBJECT = "cluster"


async def examine_cluster(subject: Subject) -> tuple[Finding, ...]:
    """All about the cluster."""
    needed = subject.checklist is None or any(asks_cluster(one.action) for one in subject.steps())
    try:
        target, why_not = await asyncio.to_thread(find_target, subject.options)
    except CockpitError as problem:
        return (_server("missing", problem.message, problem.hint, needed=True),)
    if target is None:
        how = "Name one with --kubeconfig and --context, or set KUBECONFIG."
        return (_server("not configured", why_not, how, needed=needed),)
    try:
        async with asyncio.timeout(PATIENCE):
            connection = await connect(target)
    except TimeoutError:
        told = f"The credentials of {target.context} were not ready within {PATIENCE:g} s."
        return (_server("missing", told, "Log in by hand once, and try again.", needed=True),)
    except CockpitError as problem:
        return (_server("refused", problem.message, problem.hint, needed=True),)
    try:
        return await _asked(connection, target, subject)
    finally:
        await connection.close()


def _server(word: Word, said: str, then: str = "", *, needed: bool) -> Finding:
    return Finding(subject=SUBJECT, name="API server", word=word, said=said, then=then, needed=needed)


async def _asked(connection: Connection, target: Target, subject: Subject) -> tuple[Finding, ...]:
    try:
        async with asyncio.timeout(PATIENCE):
            version = await connection.version()
    except TimeoutError:
        told = f"{target.server} did not answer within {PATIENCE:g} s."
        return (_server("missing", told, "See that the network (a VPN?) is up.", needed=True),)
    except ClusterError as problem:
        word: Word = "refused" if isinstance(problem, Expired | Forbidden) else "missing"
        return (_server(word, problem.message, problem.hint, needed=True),)
    server = Finding(
        subject=SUBJECT,
        name="API server",
        word="ok",
        said=f"Kubernetes {version} at {target.server}, context {target.context}, namespace"
        f" {target.namespace}.",
        facts={
            "version": version, "server": target.server, "context": target.context,
            "namespace": target.namespace, "kubeconfig": target.kubeconfig,
        },
    )  # fmt: skip
    found = await asyncio.gather(
        _identity(connection, target),
        _namespace(connection, target.namespace),
        _metrics_api(connection, target.namespace, subject),
        _rights(connection, target.namespace, subject),
    )
    return (server, *(one for some in found for one in some))


async def _identity(connection: Connection, target: Target) -> tuple[Finding, ...]:
    def told(word: Word, said: str, then: str = "") -> tuple[Finding, ...]:
        return (Finding(subject=SUBJECT, name="identity", word=word, said=said, then=then, needed=False),)

    try:
        async with asyncio.timeout(PATIENCE):
            who = await identity(connection)
    except (ClusterError, TimeoutError) as problem:
        return told("unknown", f"The server did not say who we are: {str(problem) or 'no answer in time'}")
    if who is None:
        return told(
            "unknown",
            f"The server does not tell who we are (older than Kubernetes 1.28); the kubeconfig's user is"
            f" {target.user or 'nobody'}.",
        )
    groups = f" of {', '.join(who.groups)}" if who.groups else ""
    return (
        Finding(
            subject=SUBJECT,
            name="identity",
            word="ok",
            said=f"The server knows us as {who.username}{groups}.",
            facts={"username": who.username, "groups": who.groups},
        ),
    )


async def _namespace(connection: Connection, name: str) -> tuple[Finding, ...]:
    def told(word: Word, said: str, then: str = "", *, needed: bool = True) -> tuple[Finding, ...]:
        return (Finding(subject=SUBJECT, name="namespace", word=word, said=said, then=then, needed=needed),)

    try:
        async with asyncio.timeout(PATIENCE):
            await read(connection, NAMESPACES, "", name)
    except Absent:
        return told("missing", f"There is no namespace {name}.", "Name the right one with --namespace.")
    except Forbidden:
        return told("unknown", f"Whether there is a namespace {name} may not be asked.", needed=False)
    except (ClusterError, TimeoutError) as problem:
        why = str(problem) or "no answer in time"
        return told("unknown", f"Whether there is a namespace {name} is not known: {why}")
    return told("ok", f"{name} is there.")


async def _metrics_api(connection: Connection, namespace: str, subject: Subject) -> tuple[Finding, ...]:
    steps = [one.id for one in subject.steps() if isinstance(one.action, Usage)]

    def told(word: Word, said: str, then: str = "") -> tuple[Finding, ...]:
        use = f" {named(steps).capitalize()} judge by it." if steps and word != "ok" else ""
        return (
            Finding(
                subject=SUBJECT, name="metrics API", word=word, said=said + use, then=then, needed=bool(steps)
            ),
        )

    try:
        async with asyncio.timeout(PATIENCE):
            measured = await list_all(connection, POD_METRICS, namespace)
    except TimeoutError:
        return told("missing", f"metrics.k8s.io did not answer within {PATIENCE:g} s.")
    except ClusterError as problem:
        plainly = in_words(problem)
        word: Word = "refused" if isinstance(problem, Forbidden) else "missing"
        return told(word, plainly.message, plainly.hint or "Without it nothing is known of usage.")
    if not measured:
        return told("ok", f"metrics.k8s.io answers; it has measured no pod in {namespace}.")
    age = time.time() - max(epoch(one.timestamp) for one in measured)
    if age > LATE:
        return told(
            "unknown",
            f"metrics.k8s.io answers late: it last measured {format_duration(round(age))} ago.",
            "Look at the metrics server, and at both clocks.",
        )
    return told("ok", f"metrics.k8s.io measures {len(measured)} pods in {namespace}.")


async def _rights(connection: Connection, namespace: str, subject: Subject) -> tuple[Finding, ...]:
    watching, leading = for_panels(), for_lead(subject.checklist)
    needs: tuple[Need, ...] = watching if subject.checklist is None else (*watching, *leading)
    # A server that answers slowly is not waited for once more for each right.
    try:
        async with asyncio.timeout(PATIENCE):
            rights = await ask_rights(connection, namespace, distinct(needs))
    except TimeoutError:
        told = f"The server did not say within {PATIENCE:g} s what this account may do."
        return (Finding(subject="rights", name="all", word="unknown", said=told),)
    roles = [role_finding(rights, watching, "to watch")]
    if subject.checklist is not None:
        roles.append(role_finding(rights, needs, "to lead"))
    return (*roles, *rights_findings(rights, needs), *_unexamined(subject))


def _unexamined(subject: Subject) -> tuple[Finding, ...]:
    """The steps whose rights only the server can tell: those of commands, and of what manifests hold."""
    steps = [one.id for one in subject.steps() if "kubectl" in programs_of(one)]
    if not steps:
        return ()
    said = f"Which rights the kubectl commands of {named(steps)} need is not known beforehand."
    then = (
        "docs/rbac/lead.yaml has those of an ordinary application; `kubectl auth can-i` answers for others."
    )
    return (Finding(subject="rights", name="commands", word="unknown", said=said, then=then, needed=False),)
