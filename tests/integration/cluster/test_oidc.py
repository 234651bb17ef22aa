"""OpenID logins renew with their refresh token, and say when they cannot."""

import base64
import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web
from alfred_tui.cluster.access.credentials import OidcCredentials, credentials_of
from alfred_tui.cluster.access.errors import Expired
from alfred_tui.cluster.access.kubeconfig import Access, resolve
from alfred_tui.cluster.access.oidc import OidcLogin, expiry
from alfred_tui.cluster.access.patience import Patience

from tests.integration.cluster.api import connected, serve
from tests.integration.cluster.test_connection import Guarded


def token(lives: float, name: str = "") -> str:
    parts = [{"alg": "none"}, {"exp": time.time() + lives, "name": name}]
    coded = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts]
    return ".".join((*coded, "signature"))


def write(folder: Path, issuer: str, id_token: str, refresh: str = "r1") -> Access:
    config = {"idp-issuer-url": issuer, "client-id": "kube", "client-secret": "s", "id-token": id_token}
    if refresh:
        config["refresh-token"] = refresh
    document = {
        "clusters": [{"name": "c", "cluster": {"server": "https://api.example"}}],
        "users": [{"name": "u", "user": {"auth-provider": {"name": "oidc", "config": config}}}],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
    }
    path = folder / "config"
    path.write_text(yaml.safe_dump(document))
    return resolve([str(path)], "x")


class Issuer:
    """An identity provider that rotates refresh tokens."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.issued = token(3600, "renewed")
        self.refuses = False
        self.wants_form = False
        """Whether a client says who it is in the form, and not in a header."""
        self.refusals = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        base = f"http://{request.host}"
        if request.path == "/.well-known/openid-configuration":
            return web.json_response({"token_endpoint": f"{base}/token"})
        if self.refuses:
            self.refusals += 1
            said = {"error": "invalid_grant", "error_description": "Session\n not active."}
            return web.json_response(said, status=400)
        form = dict(await request.post())
        if self.wants_form and "client_id" not in form:
            self.refusals += 1
            return web.json_response({"error": "invalid_client"}, status=401)
        if self.wants_form:
            self.asked.append(form)
            return web.json_response({"id_token": self.issued})
        login = base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")).decode()
        self.asked.append({**form, "client": login})
        return web.json_response({"id_token": self.issued, "refresh_token": f"r{len(self.asked) + 1}"})


async def test_a_valid_token_is_used_as_it_is(tmp_path: Path) -> None:
    valid = token(3600)
    assert await credentials_of(write(tmp_path, "http://nowhere.invalid", valid)).token() == f"Bearer {valid}"


async def test_an_expired_token_is_renewed_with_the_refresh_token_of_the_moment(tmp_path: Path) -> None:
    issuer = Issuer()
    async with serve(issuer.answer) as url:
        credentials = credentials_of(write(tmp_path, url, token(-5)))
        assert await credentials.token() == f"Bearer {issuer.issued}"
        assert await credentials.token() == f"Bearer {issuer.issued}"
        assert await credentials.renew(await credentials.token())
    assert [(one["refresh_token"], one["client"]) for one in issuer.asked] == [
        ("r1", "kube:s"),
        ("r2", "kube:s"),
    ]


async def test_what_kubectl_renewed_beside_us_is_taken_first(tmp_path: Path) -> None:
    credentials = credentials_of(write(tmp_path, "http://nowhere.invalid", token(-5)))
    beside = token(3600, "beside")
    write(tmp_path, "http://nowhere.invalid", beside)
    assert await credentials.token() == f"Bearer {beside}"


async def test_a_token_that_the_server_refuses_is_renewed_under_way(tmp_path: Path) -> None:
    issuer = Issuer()
    server = Guarded(issuer.issued)
    async with serve(issuer.answer) as url, serve(server.answer) as api:
        credentials = credentials_of(write(tmp_path, url, token(3600)))
        async with connected(api, credentials) as connection:
            assert await connection.version() == "v1.36.0"
    assert len(server.seen) == 2


async def test_a_provider_that_refuses_is_told(tmp_path: Path) -> None:
    issuer = Issuer()
    issuer.refuses = True
    async with serve(issuer.answer) as url:
        with pytest.raises(Expired, match="did not renew u's login") as caught:
            await credentials_of(write(tmp_path, url, token(-5))).token()
    assert ": it answered 400 invalid_grant: Session not active. Log in" in str(caught.value)
    assert "Log in again" in caught.value.hint
    assert issuer.refusals == 1


async def test_a_provider_that_wants_the_client_s_name_in_the_form_has_it_there(tmp_path: Path) -> None:
    issuer = Issuer()
    issuer.wants_form = True
    async with serve(issuer.answer) as url:
        assert await credentials_of(write(tmp_path, url, token(-5))).token() == f"Bearer {issuer.issued}"
    assert issuer.refusals == 1
    [form] = issuer.asked
    assert form == {
        "grant_type": "refresh_token", "refresh_token": "r1", "client_id": "kube", "client_secret": "s",
    }  # fmt: skip


async def test_a_provider_that_refuses_is_left_alone_for_a_while(tmp_path: Path) -> None:
    issuer, clock = Issuer(), [0.0]
    issuer.refuses = True
    async with serve(issuer.answer) as url:
        login = OidcLogin(write(tmp_path, url, token(-5)), Patience(lambda: clock[0]))
        for _ in range(5):
            with pytest.raises(Expired, match="did not renew u's login"):
                await login.token()
        assert issuer.refusals == 1
        beside = token(3600, "beside")
        write(tmp_path, url, beside)
        assert await login.token() == beside, "a login beside us is picked up at once all the same"


async def test_a_provider_whose_tokens_are_all_refused_is_not_asked_for_each_refusal(tmp_path: Path) -> None:
    issuer, clock, server = Issuer(), [0.0], Guarded("none of these")
    async with serve(issuer.answer) as url, serve(server.answer) as api:
        login = OidcLogin(write(tmp_path, url, token(3600)), Patience(lambda: clock[0]))
        async with connected(api, OidcCredentials(login)) as connection:
            for _ in range(5):
                with pytest.raises(Expired):
                    await connection.version()
            assert len(issuer.asked) == 1
            clock[0] = 3.0
            issuer.issued = server.accepted = token(3600, "good")
            assert await connection.version() == "v1.36.0"


async def test_without_a_refresh_token_the_end_is_told(tmp_path: Path) -> None:
    access = write(tmp_path, "http://nowhere.invalid", token(-5), refresh="")
    with pytest.raises(Expired, match="has run out and has no refresh token"):
        await credentials_of(access).token()


@pytest.mark.parametrize("text", ["", "a.b", "a.!.c", "a.e30.c", "a.bm9qc29u.c"])
def test_a_token_that_cannot_be_read_has_no_known_end(text: str) -> None:
    assert expiry(text) == 0.0
