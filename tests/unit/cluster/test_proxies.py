"""The way to a cluster is the one that kubectl takes on the same machine."""

import pytest
from alfred_tui.cluster.access.proxies import proxy_for
from alfred_tui.domain.errors import CockpitError

CLUSTER = "https://api.prod.example.com:6443"
PROXY = "http://proxy.example.com:3128"


def test_without_a_word_the_way_is_direct() -> None:
    assert proxy_for(CLUSTER, "", {}) is None


def test_the_kubeconfigs_proxy_counts_before_the_environments() -> None:
    environ = {"HTTPS_PROXY": "http://other:1", "NO_PROXY": "*"}
    assert proxy_for(CLUSTER, PROXY, environ) == PROXY


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"HTTPS_PROXY": PROXY}, PROXY),
        ({"https_proxy": PROXY}, PROXY),
        ({"HTTPS_PROXY": PROXY, "https_proxy": "http://other:1"}, PROXY),
        ({"HTTPS_PROXY": "proxy.example.com:3128"}, PROXY),
        ({"HTTP_PROXY": PROXY}, None),
        ({"HTTPS_PROXY": ""}, None),
    ],
)
def test_the_environments_proxy_of_the_scheme_counts(environ: dict[str, str], expected: str | None) -> None:
    assert proxy_for(CLUSTER, "", environ) == expected


@pytest.mark.parametrize(
    "exceptions",
    [
        "*", "api.prod.example.com", "prod.example.com", ".prod.example.com", "*.example.com", "EXAMPLE.com",
        "api.prod.example.com:6443", "other, example.com",
    ],
)  # fmt: skip
def test_no_proxy_names_the_server_itself_or_a_domain_above_it(exceptions: str) -> None:
    assert proxy_for(CLUSTER, "", {"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions}) is None


@pytest.mark.parametrize(
    "exceptions", ["ample.com", ".api.prod.example.com", "api.prod.example.com:443", "10.0.0.0/8", ""]
)
def test_no_proxy_for_others_changes_nothing(exceptions: str) -> None:
    assert proxy_for(CLUSTER, "", {"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions}) == PROXY


@pytest.mark.parametrize(
    ("server", "exceptions", "direct"),
    [
        ("https://10.1.2.3:6443", "10.0.0.0/8", True),
        ("https://10.1.2.3:6443", "10.1.2.3", True),
        ("https://10.1.2.3:6443", "10.1.2.3:443", False),
        ("https://10.1.2.3:6443", "192.168.0.0/16,example.com", False),
        ("https://[fd00::1]:6443", "fd00::/8", True),
        ("https://[fd00::1]:6443", "[fd00::1]:6443", True),
    ],
)
def test_addresses_are_matched_as_addresses_and_networks(server: str, exceptions: str, direct: bool) -> None:
    found = proxy_for(server, "", {"HTTPS_PROXY": PROXY, "NO_PROXY": exceptions})
    assert found == (None if direct else PROXY)


@pytest.mark.parametrize("server", ["https://127.0.0.1:6443", "https://localhost:6443", "https://[::1]:6443"])
def test_this_machine_is_reached_directly(server: str) -> None:
    assert proxy_for(server, "", {"HTTPS_PROXY": PROXY}) is None


def test_a_proxy_of_another_kind_is_told() -> None:
    with pytest.raises(CockpitError, match=r"only http\(s\) proxies"):
        proxy_for(CLUSTER, "", {"HTTPS_PROXY": "socks5://localhost:1080"})


def test_a_proxy_that_cannot_be_used_is_told_without_its_password() -> None:
    with pytest.raises(CockpitError, match="through the proxy socks5://…@proxy:1080,") as told:
        proxy_for(CLUSTER, "socks5://ann:hunter2@proxy:1080", {})
    assert "hunter2" not in str(told.value)
