"""The objects that a pod names, each with whether it is there; and the YAML of each."""

from alfred_tui.domain.cluster.named import NamedObject
from alfred_tui.ui.screens.named import NamedScreen
from alfred_tui.ui.screens.yaml import YamlScreen

from tests.ui.fakes import FakeCluster
from tests.ui.seat import Seat, seat
from tests.ui.test_pod_screen import cluster, opened

NAMES = (
    NamedObject(kind="ReplicaSet", name="shop-6d4b75cb6d", there="there", uses=("owner",)),
    NamedObject(
        kind="ConfigMap", name="flags", there="absent", needed=False, uses=("environment of app (optional)",)
    ),
    NamedObject(
        kind="PersistentVolumeClaim",
        name="uploads",
        there="unknown",
        why="the API server did not answer",
        uses=("volume uploads",),
    ),
    NamedObject(
        kind="Secret",
        name="shop-secrets",
        there="lacks keys",
        why="database-url",
        uses=("DATABASE_URL of app (key database-url)", "environment of migrate"),
    ),
)


def naming() -> FakeCluster:
    """A cluster whose pod names some objects."""
    fake = cluster()
    fake.names["shop-1"] = NAMES
    fake.yamls["shop-secrets"] = ("kind: Secret", "data:", "  database-password: (hidden)")
    return fake


async def named(lead: Seat) -> None:
    await opened(lead)
    await lead.press("o")
    await lead.until(lambda: isinstance(lead.app.screen, NamedScreen))


async def test_what_is_missing_is_counted_and_named() -> None:
    async with seat(cluster=naming(), size=(120, 40)) as lead:
        await named(lead)
        await lead.sees(
            "NAMES Pod shop/shop-1  ✘ 1 missing",
            "✘ lacks keys  no key database-url · DATABASE_URL of app",
            "· absent",
            "? unknown",
            "the API server did not answer",
        )


async def test_enter_shows_a_secrets_yaml_and_escape_comes_back() -> None:
    async with seat(cluster=naming(), size=(120, 40)) as lead:
        await named(lead)
        await lead.sees("shop-secrets")
        await lead.press("end", "enter")
        await lead.until(lambda: isinstance(lead.app.screen, YamlScreen))
        await lead.sees("YAML Secret shop/shop-secrets", "database-password: (hidden)")
        await lead.press("escape")
        await lead.until(lambda: isinstance(lead.app.screen, NamedScreen))


async def test_an_object_that_cannot_be_read_says_why() -> None:
    fake = naming()
    fake.failing["named"] = "While reading pods/shop-1 in shop, the API server answered 403: forbidden."
    async with seat(cluster=fake, size=(120, 40)) as lead:
        await named(lead)
        await lead.sees("! While reading pods/shop-1 in shop, the API server answered 403: forbidden.")


async def test_an_object_that_names_nothing_says_so() -> None:
    fake = naming()
    fake.names["shop-1"] = ()
    async with seat(cluster=fake, size=(120, 40)) as lead:
        await named(lead)
        await lead.sees("It names no other object.")
