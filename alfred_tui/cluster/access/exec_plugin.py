"""Credential plugins of the kubeconfig (`exec`), run by us: no terminal for them, a deadline, and their own
words when they fail.

Format: https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
"""

import asyncio
import base64
import json
import os
import shutil
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from alfred_tui.cluster.access.errors import Expired
from alfred_tui.cluster.access.kubeconfig import Access, authority
from alfred_tui.domain.errors import CockpitError

TIMEOUT = 60.0
"""Real seconds a plugin gets. Cloud plugins take 1 to 5; a hanging one must not hang the panels for ever."""
_STDERR_TAIL = 400


@dataclass(frozen=True)
class Issued:
    """What a plugin gave. `expires_at` is epoch seconds, 0 when it does not say."""

    token: str = ""
    certificate: tuple[bytes, bytes] | None = None
    expires_at: float = 0.0


class _Status(msgspec.Struct, rename="camel"):
    token: str = ""
    client_certificate_data: str = ""
    client_key_data: str = ""
    expiration_timestamp: datetime | None = None


class _ExecCredential(msgspec.Struct, rename="camel"):
    api_version: str = ""
    kind: str = ""
    status: _Status | None = None


class ExecPlugin:
    """One user's plugin. `hide` takes the run's secrets out of what it says."""

    def __init__(self, access: Access, environ: Mapping[str, str], hide: Callable[[str], str] = str) -> None:
        self._hide = hide
        spec = access.user.fields["exec"]
        self._spec: Mapping[str, Any] = spec if isinstance(spec, dict) else {}
        self._access = access
        self._user = access.user.name
        command = str(self._spec.get("command") or "")
        self._environ = {**environ, **self._extra_environment()}
        self._argv = (self._find(command), *(str(one) for one in self._spec.get("args") or ()))
        if self._spec.get("interactiveMode") == "Always":
            raise CockpitError(
                f"The credential plugin {command} of the user {self._user} wants a terminal to ask on.",
                hint="Log in with it beforehand and use a context with a token, or another plugin.",
            )

    def _extra_environment(self) -> dict[str, str]:
        listed = [one for one in self._spec.get("env") or () if isinstance(one, dict)]
        return {str(one.get("name")): str(one.get("value", "")) for one in listed}

    def _find(self, command: str) -> str:
        # client-go: a path with a separator is relative to the kubeconfig, a bare name is looked up on PATH.
        path = str(self._access.user.folder / command) if "/" in command else command
        found = shutil.which(path, path=self._environ.get("PATH")) if command else None
        if found is None:
            raise CockpitError(
                f"The credential plugin '{command}' of the user {self._user} is not on PATH.",
                hint=str(self._spec.get("installHint") or "Install it, or use another context.").strip(),
            )
        return found

    def _exec_info(self) -> str:
        spec: dict[str, Any] = {"interactive": False}
        if self._spec.get("provideClusterInfo"):
            cluster = self._access.cluster
            info: dict[str, Any] = {"server": self._access.server}
            if ca := authority(cluster):
                info["certificate-authority-data"] = base64.b64encode(ca).decode()
            if name := cluster.text("tls-server-name"):
                info["tls-server-name"] = name
            spec["cluster"] = info
        body = {"kind": "ExecCredential", "apiVersion": self._spec.get("apiVersion", ""), "spec": spec}
        return json.dumps(body)

    async def run(self) -> Issued:
        """Runs the plugin once. Raises Expired with its own words when it gives no credentials."""
        environ = {**self._environ, "KUBERNETES_EXEC_INFO": self._exec_info()}
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                env=environ,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as problem:
            raise self._failed(f"could not be started: {problem.strerror}") from problem
        try:
            async with asyncio.timeout(TIMEOUT):
                out, err = await process.communicate()
        except TimeoutError as problem:
            raise self._failed(f"gave no answer within {TIMEOUT:.0f} s") from problem
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):  # its whole session: plugins are often shell wrappers
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            raise self._failed(f"ended with exit code {process.returncode}", err)
        return self._read(out, err)

    def _read(self, out: bytes, err: bytes) -> Issued:
        try:
            answer = msgspec.json.decode(out, type=_ExecCredential)
        except ValueError as problem:
            raise self._failed("printed no ExecCredential", err) from problem
        wanted = str(self._spec.get("apiVersion", ""))
        if wanted and answer.api_version != wanted:
            raise self._failed(f"answered in {answer.api_version or 'no version'} instead of {wanted}")
        status = answer.status or _Status()
        certificate = None
        if status.client_certificate_data and status.client_key_data:
            certificate = (status.client_certificate_data.encode(), status.client_key_data.encode())
        if not status.token and certificate is None:
            raise self._failed("issued neither a token nor a certificate with its key", err)
        expires = status.expiration_timestamp
        return Issued(status.token, certificate, expires.timestamp() if expires else 0.0)

    def _failed(self, what: str, stderr: bytes = b"") -> Expired:
        tail = self._hide(stderr.decode("utf-8", "replace").strip())[-_STDERR_TAIL:]
        said = " ".join("".join(c if c.isprintable() else " " for c in tail).split())
        name = self._argv[0].rsplit("/", 1)[-1]
        return Expired(
            f"The credential plugin {name} of the user {self._user} {what}{f': {said}' if said else '.'}",
            hint="Run it (or kubectl) by hand once to log in; the cockpit goes on by itself then.",
            temporary=True,
        )
