"""Who we are to the API server, and how that is renewed while watches run.

The official async client never renews an exec plugin's token, goes on anonymously when a plugin fails, and
lets plugins inherit the terminal that the screen is drawn on; so this is done here.
"""

import asyncio
import base64
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from alfred_tui.cluster.access.errors import Expired
from alfred_tui.cluster.access.exec_plugin import ExecPlugin, Issued
from alfred_tui.cluster.access.kubeconfig import Access, Entry, inline_or_file, read_credential, resolve
from alfred_tui.cluster.access.oidc import OidcLogin
from alfred_tui.cluster.access.patience import Patience
from alfred_tui.domain.errors import CockpitError

Certificate = tuple[bytes, bytes]
"""Client certificate and key, PEM."""


class Credentials(Protocol):
    """What a request carries. Raises Expired when it cannot be had."""

    async def token(self) -> str:
        """The value of the Authorization header, empty when a client certificate speaks for us."""

    async def certificate(self) -> Certificate | None:
        """The client certificate to connect with."""

    async def renew(self, refused: str) -> bool:
        """After a 401 to what `token` gave: whether there is now something else to try."""


class StaticCredentials:
    """A token, a password or a client certificate written into the kubeconfig.

    `again` reads them anew: whoever logs in beside us writes the new ones to the same place.
    """

    def __init__(
        self,
        authorization: str = "",
        certificate: Certificate | None = None,
        again: "Callable[[], Credentials] | None" = None,
    ) -> None:
        self._authorization = authorization
        self._certificate = certificate
        self._again = again

    async def token(self) -> str:
        return self._authorization

    async def certificate(self) -> Certificate | None:
        return self._certificate

    async def renew(self, refused: str) -> bool:
        if self._authorization != refused:
            return True
        try:
            fresh = await asyncio.to_thread(self._again) if self._again else None
        except CockpitError:
            return False  # a kubeconfig that is being written; what we have is refused all the same
        if not isinstance(fresh, StaticCredentials):
            return False
        before = self._authorization, self._certificate
        self._authorization, self._certificate = fresh._authorization, fresh._certificate
        return before != (self._authorization, self._certificate)


class TokenFile:
    """A token that something else rotates in a file: read again whenever the file has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, int, int] | None = None
        self._token = ""

    async def token(self) -> str:
        self._read()
        return f"Bearer {self._token}"

    async def certificate(self) -> Certificate | None:
        return None

    async def renew(self, refused: str) -> bool:
        self._seen = None
        self._read()
        return f"Bearer {self._token}" != refused

    def _read(self) -> None:
        try:
            stat = self._path.stat()
            version = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if version == self._seen:
                return
            token = self._path.read_text().strip()
        except (OSError, UnicodeDecodeError) as problem:
            raise Expired(
                f"The token file {self._path} cannot be read: {problem}.", temporary=True
            ) from problem
        if not token:
            raise Expired(f"The token file {self._path} is empty.", temporary=True)
        self._token, self._seen = token, version


class CertificateFiles:
    """A client certificate in files, which may be rotated in place."""

    def __init__(self, user: Entry, certificate: Path, key: Path) -> None:
        self._what = f"of the user {user.name}"
        self._certificate = certificate
        self._key = key

    async def token(self) -> str:
        return ""

    async def certificate(self) -> Certificate | None:
        return (
            read_credential(self._certificate, f"client certificate {self._what}"),
            read_credential(self._key, f"client key {self._what}"),
        )

    async def renew(self, refused: str) -> bool:
        return False


class PluginCredentials:
    """What an exec plugin issues, renewed before it runs out.

    One run at a time, whose result or failure is that of all who wait for it: a dozen watches, refused
    in one moment, must not run a plugin of five seconds a dozen times. A failure also counts for all who ask
    within `patience`, and what was issued is not asked for anew more often than that because it is refused.
    """

    MARGIN = 30.0
    """Seconds before expiry at which a new one is fetched, at most half of its life."""

    def __init__(self, plugin: ExecPlugin, patience: Patience | None = None) -> None:
        self._plugin = plugin
        self._patience = patience or Patience()
        self._issued: Issued | None = None
        self._renew_at = 0.0
        self._running: asyncio.Task[Issued] | None = None

    async def token(self) -> str:
        return _bearer(await self._current())

    async def certificate(self) -> Certificate | None:
        return (await self._current()).certificate

    async def renew(self, refused: str) -> bool:
        before = self._issued
        if before is not None and _bearer(before) != refused:
            return True
        if self._running is None or self._running.done():
            if self._patience.resting:
                return False
            self._patience.failed()
        return await self._run() != before

    async def _current(self) -> Issued:
        # Expiry is a fact of the real world's clock, whatever clock the run has.
        now = time.time()
        if self._issued is None or now >= self._issued.expires_at > 0:
            return await self._run()
        if now >= self._renew_at:
            try:
                return await self._run()
            except Expired:
                pass  # what it issued before is still good: nothing is lost yet
        return self._issued

    async def _run(self) -> Issued:
        if self._running is None or (self._running.done() and not self._rests_failed(self._running)):
            self._running = asyncio.create_task(self._plugin.run())
            self._running.add_done_callback(self._take)
        # Who waits may be cancelled; the run is the others' too.
        return await asyncio.shield(self._running)

    def _rests_failed(self, run: "asyncio.Task[Issued]") -> bool:
        """Whether that run has failed, and it is too soon for another."""
        return not run.cancelled() and run.exception() is not None and self._patience.resting

    def _take(self, run: "asyncio.Task[Issued]") -> None:
        if run.cancelled():
            return
        if run.exception() is not None:
            self._patience.failed()
            return
        self._issued = run.result()
        expires = self._issued.expires_at
        margin = min(self.MARGIN, max(0.0, expires - time.time()) / 2)
        self._renew_at = expires - margin if expires else float("inf")


def _bearer(issued: Issued) -> str:
    return f"Bearer {issued.token}" if issued.token else ""


class OidcCredentials:
    """The kubeconfig's `oidc` auth provider: an ID token, renewed with its refresh token."""

    def __init__(self, login: OidcLogin) -> None:
        self._login = login
        self._lock = asyncio.Lock()

    async def token(self) -> str:
        async with self._lock:
            return f"Bearer {await self._login.token()}"

    async def certificate(self) -> Certificate | None:
        return None

    async def renew(self, refused: str) -> bool:
        async with self._lock:
            if f"Bearer {self._login.held}" != refused:
                return True  # somebody else was refused, too, and has renewed it meanwhile
            return await self._login.renew()


def _basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def _certificate(user: Entry, again: Callable[[], Credentials]) -> Credentials | None:
    what = f"of the user {user.name}"
    files = user.path("client-certificate"), user.path("client-key")
    inline = user.text("client-certificate-data") or user.text("client-key-data")
    if files[0] and files[1] and not inline:
        read_credential(files[0], f"client certificate {what}")
        read_credential(files[1], f"client key {what}")
        return CertificateFiles(user, files[0], files[1])
    certificate = inline_or_file(user, "client-certificate", f"client certificate {what}")
    key = inline_or_file(user, "client-key", f"client key {what}")
    if not certificate and not key:
        return None
    if not certificate or not key:
        missing = "client-key" if certificate else "client-certificate"
        raise CockpitError(f"The user {user.name} in the kubeconfig has no {missing}.")
    return StaticCredentials(certificate=(certificate, key), again=again)


def _provider(user: Entry, access: Access) -> Credentials:
    provider = user.fields["auth-provider"]
    name = str(provider.get("name", "")) if isinstance(provider, dict) else ""
    if name == "oidc":
        return OidcCredentials(OidcLogin(access))
    raise CockpitError(
        f"The user {user.name} logs in by the auth provider '{name}', which kubectl no longer has either.",
        hint="Use the provider's exec plugin instead (gke-gcloud-auth-plugin, kubelogin, …).",
    )


def credentials_of(
    access: Access, environ: Mapping[str, str] | None = None, *, hide: Callable[[str], str] = str
) -> Credentials:
    """The context's credentials, in kubectl's order of preference. `hide` as for a Connection.

    Raises CockpitError when the user has none: we never go on anonymously. Plain-http servers on this
    machine (`kubectl proxy`) need none, and are sent none.
    """
    user = access.user

    def again() -> Credentials:
        return credentials_of(resolve(access.paths, access.context), environ, hide=hide)

    if access.server.startswith("http://"):
        return StaticCredentials()
    token_file = user.path("tokenFile")
    if user.text("token") and not token_file:
        return StaticCredentials(f"Bearer {user.text('token').strip()}", _inline_certificate(user), again)
    if token_file:
        read_credential(token_file, f"token of the user {user.name}")
        return TokenFile(token_file)
    if user.text("username"):
        return StaticCredentials(_basic(user.text("username"), user.text("password")), None, again)
    certificate = _certificate(user, again)
    if certificate is not None:
        return certificate
    if user.fields.get("exec"):
        return PluginCredentials(ExecPlugin(access, os.environ if environ is None else environ, hide))
    if user.fields.get("auth-provider"):
        return _provider(user, access)
    raise CockpitError(
        f"The user '{user.name}' of the context {access.context} has no credentials.",
        hint="Log in first, or name another context with --context.",
    )


def _inline_certificate(user: Entry) -> Certificate | None:
    certificate = inline_or_file(user, "client-certificate", f"client certificate of the user {user.name}")
    key = inline_or_file(user, "client-key", f"client key of the user {user.name}")
    return (certificate, key) if certificate and key else None
