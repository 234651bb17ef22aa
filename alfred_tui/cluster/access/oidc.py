"""OpenID Connect logins of the kubeconfig's `oidc` auth provider, renewed with the refresh token.

The kubeconfig is read again first, because kubectl may have renewed the token beside us; it is never
written, so where the provider rotates refresh tokens the new one lives as long as this process.
Source of the field names: client-go's `plugin/pkg/client/auth/oidc`.
"""

import base64
import binascii
import ssl
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlsplit

import msgspec

from alfred_tui.cluster.access.errors import Expired
from alfred_tui.cluster.access.kubeconfig import Access, Entry, authority, resolve
from alfred_tui.cluster.access.patience import Patience
from alfred_tui.domain.errors import CockpitError

if TYPE_CHECKING:
    from aiohttp import ClientSession

_Way = tuple[Mapping[str, str], Mapping[str, str]]

_MARGIN = 10.0
_TIMEOUT = 15.0
_SAID = 300
"""Letters of a provider's own words that are told."""


class _Claims(msgspec.Struct):
    exp: float = 0.0


class _Discovery(msgspec.Struct):
    token_endpoint: str = ""


class _Tokens(msgspec.Struct):
    id_token: str = ""
    refresh_token: str = ""


class _Refusal(msgspec.Struct):
    """RFC 6749, 5.2."""

    error: str = ""
    error_description: str = ""


class _Refused(Exception):
    """What the provider said instead of giving tokens."""

    def __init__(self, status: int, body: bytes) -> None:
        try:
            said = msgspec.json.decode(body, type=_Refusal)
        except msgspec.MsgspecError:
            said = _Refusal()
        self.error = said.error
        told = ": ".join(one for one in (said.error, said.error_description) if one)[:_SAID]
        words = " ".join("".join(one if one.isprintable() else " " for one in told).split())
        super().__init__(f"it answered {status}{f' {words}' if words else ''}".rstrip("."))


def expiry(token: str) -> float:
    """The `exp` claim of a JWT in epoch seconds; 0 when it cannot be read. The signature is not checked."""
    parts = token.split(".")
    if len(parts) != 3:
        return 0.0
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=_Claims).exp
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return 0.0


class OidcLogin:
    """One user's ID token."""

    def __init__(self, access: Access, patience: Patience | None = None) -> None:
        self._access = access
        self._patience = patience or Patience()
        self._failure: Expired | None = None
        self._read(access.user)

    def _read(self, user: Entry) -> None:
        config = (user.fields.get("auth-provider") or {}).get("config") or {}
        self._config = {str(key): str(value) for key, value in config.items()}
        self._token = self._config.get("id-token", "")
        self._refresh = self._config.get("refresh-token", "")

    @property
    def held(self) -> str:
        """The token that it has, valid or not."""
        return self._token

    async def token(self) -> str:
        """A token that is valid for a little while yet. Raises Expired."""
        if not self._usable() and not self._newer_beside():
            await self._ask_provider()
        return self._token

    def _usable(self) -> bool:
        until = expiry(self._token)
        return bool(self._token) and (not until or until > time.time() + _MARGIN)

    async def renew(self) -> bool:
        """After a refusal: whether there is another token now, the kubeconfig's or one of the provider's."""
        if self._newer_beside():
            return True
        if self._patience.resting:
            return False
        await self._ask_provider()
        self._patience.failed()  # it was refused; whether the new one is not, nobody knows yet
        return True

    def _newer_beside(self) -> bool:
        """Whether the kubeconfig has a valid token that is another by now."""
        before = self._token
        with suppress(CockpitError):  # what we have may still refresh
            self._read_again()
        return self._usable() and self._token != before

    def _read_again(self) -> None:
        held = self._refresh
        self._read(resolve(self._access.paths, self._access.context).user)
        self._refresh = held or self._refresh

    async def _ask_provider(self) -> None:
        """Takes a new token from the provider. Raises Expired, for all who ask soon after with the same."""
        if self._failure is not None and self._patience.resting:
            raise self._failure.with_traceback(None)
        try:
            await self._take_from_provider()
        except Expired as failure:
            self._failure = failure
            self._patience.failed()
            raise
        self._failure = None

    async def _take_from_provider(self) -> None:
        issuer = self._config.get("idp-issuer-url", "").rstrip("/")
        name = self._access.user.name
        if not self._refresh or not issuer:
            raise Expired(
                f"The OpenID login of the user {name} has run out and has no refresh token.",
                hint="Log in again; the cockpit picks the new token up by itself.",
                temporary=True,
            )
        try:
            tokens = await self._exchange(issuer)
        except Exception as problem:
            # Whatever the provider or the network did, the outcome is one: we are not logged in.
            raise Expired(
                f"The OpenID provider {urlsplit(issuer).netloc} did not renew {name}'s login: {problem}.",
                hint="Log in again; the cockpit picks the new token up by itself.",
                temporary=True,
            ) from problem
        if not tokens.id_token:
            raise Expired(f"The OpenID provider {urlsplit(issuer).netloc} sent no id_token.", temporary=True)
        self._token = tokens.id_token
        self._refresh = tokens.refresh_token or self._refresh

    async def _exchange(self, issuer: str) -> _Tokens:
        import aiohttp

        context = ssl.create_default_context()
        provider = Entry(
            "", {k.removeprefix("idp-"): v for k, v in self._config.items()}, self._access.user.folder
        )
        if ca := authority(provider):
            context.load_verify_locations(cadata=ca.decode())
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT)
        async with aiohttp.ClientSession(
            raise_for_status=True,
            trust_env=True,
            timeout=timeout,
            connector=aiohttp.TCPConnector(ssl=context),
        ) as session:
            async with session.get(f"{issuer}/.well-known/openid-configuration") as answer:
                found = msgspec.json.decode(await answer.read(), type=_Discovery)
            first, second = self._ways()
            try:
                return await _tokens(session, found.token_endpoint, *first)
            except _Refused as refused:
                if refused.error == "invalid_grant":
                    raise  # it knows who asks; the login itself is over
                return await _tokens(session, found.token_endpoint, *second)

    def _ways(self) -> tuple[_Way, _Way]:
        """The form and the headers to ask with: providers differ in where they want the client to say who it
        is, and those of clients without a secret mostly want it in the form. In the order of Go's oauth2."""
        form = {"grant_type": "refresh_token", "refresh_token": self._refresh}
        name, secret = self._config.get("client-id", ""), self._config.get("client-secret", "")
        # RFC 6749, 2.3.1: both halves are form-encoded before they are joined.
        login = base64.b64encode(f"{quote_plus(name)}:{quote_plus(secret)}".encode()).decode()
        told = {"client_id": name, **({"client_secret": secret} if secret else {})}
        return (form, {"Authorization": f"Basic {login}"}), ({**form, **told}, {})


async def _tokens(
    session: "ClientSession", endpoint: str, form: Mapping[str, str], headers: Mapping[str, str]
) -> _Tokens:
    async with session.post(endpoint, data=form, headers=headers, raise_for_status=False) as answer:
        body = await answer.read()
        if answer.status >= 400:
            raise _Refused(answer.status, body)
        return msgspec.json.decode(body, type=_Tokens)
