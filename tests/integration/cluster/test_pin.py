"""The pin, as real kubectl reads it."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from alfred_tui.cluster.access.target import drifted, pin_kubeconfig, read_target

from tests.integration.cluster.lab import lab

KUBECTL = shutil.which("kubectl", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl on PATH")
def test_plain_kubectl_uses_the_pinned_context_and_namespace(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text(
        yaml.safe_dump(
            {
                "contexts": [
                    {"name": "prod", "context": {"cluster": "c", "user": "u", "namespace": "alfred"}}
                ],
                "current-context": "elsewhere",
            }
        )
    )
    second.write_text(
        yaml.safe_dump(
            {
                "clusters": [
                    {
                        "name": "c",
                        "cluster": {"server": "https://prod.example", "certificate-authority": "ca"},
                    }
                ],
                "users": [{"name": "u", "user": {"token": "t"}}],
            }
        )
    )
    (tmp_path / "ca").write_text("ca")
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "KUBECONFIG": f"{first}:{second}"}
    target = read_target(None, "prod", "canary", environ=environ)
    folder = tmp_path / "run"
    folder.mkdir()
    assert KUBECTL is not None
    said = subprocess.run(
        [KUBECTL, "config", "view", "--minify", "--flatten", "-o", "json"],
        env={**environ, **pin_kubeconfig(folder, target.kubeconfig, target)},
        capture_output=True,
        check=True,
        timeout=30,
    )
    seen = json.loads(said.stdout)
    assert seen["current-context"] == "alfred-cockpit-pinned"
    assert seen["contexts"][0]["context"] == {"cluster": "c", "user": "u", "namespace": "canary"}
    assert seen["clusters"][0]["cluster"] == {
        "server": "https://prod.example",
        "certificate-authority-data": "Y2E=",
    }
    assert seen["users"] == [{"name": "u", "user": {"token": "t"}}]


@pytest.mark.skipif(KUBECTL is None, reason="no kubectl on PATH")
async def test_a_command_of_the_checklist_reaches_the_pinned_namespace_whatever_is_current(
    tmp_path: Path,
) -> None:
    async with lab(tmp_path) as cluster:
        path = cluster.write_kubeconfig()
        target = read_target(path, None, "kube-system", environ={})
        folder = tmp_path / "run"
        folder.mkdir()
        pinned = pin_kubeconfig(folder, target.kubeconfig, target)
        document = yaml.safe_load(Path(path).read_text())
        elsewhere = {"name": "elsewhere", "context": {"cluster": "gone", "user": "gone"}}
        Path(path).write_text(
            yaml.safe_dump(
                {**document, "contexts": [*document["contexts"], elsewhere], "current-context": "elsewhere"}
            )
        )
        assert drifted(target) is None
        assert KUBECTL is not None
        process = await asyncio.create_subprocess_exec(
            KUBECTL,
            *("get", "deployments", "-o", "name"),
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), **pinned},
            stdout=asyncio.subprocess.PIPE,
        )
        said, _ = await process.communicate()
        assert said.decode().split() == ["deployment.apps/coredns", "deployment.apps/metrics-server"]
