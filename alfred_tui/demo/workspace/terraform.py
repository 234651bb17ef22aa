"""Terraform in the workspace: the real one where it is installed, a stand-in where it is not.

The state that the previous release left is computed from that release's configuration, so that the plan of
this one shows what really differs.
"""

import json
import os
import re
import shutil
import subprocess
import uuid
from pathlib import Path
from typing import Any, Literal, NamedTuple

Kind = Literal["real", "simulated"]

OLDEST = (1, 4)
"""The first version that has the built-in terraform_data resource."""

_LINEAGE = uuid.UUID("6ad5b1de-9d0f-4a57-9c1e-1f4f3f0f2a51")
_OUTPUT = re.compile(r"\$\{terraform_data\.([\w-]+)\.output\.([\w-]+)\}")


class Choice(NamedTuple):
    """Which terraform the workspace uses. `script`: the template of what `.bin/terraform` must be, if any."""

    kind: Kind
    script: str | None


def choose(path: str | None = None) -> Choice:
    """Looks on PATH (or on `path`) for a terraform or tofu that is new enough."""
    if usable("terraform", path):
        return Choice("real", None)
    if usable("tofu", path):
        return Choice("real", "tofu-shim.in")
    return Choice("simulated", "terraform.in")


def usable(program: str, path: str | None = None) -> bool:
    """Whether the program is there, answers, and knows terraform_data."""
    found = shutil.which(program, path=path)
    if found is None:
        return False
    environ = {**os.environ, "CHECKPOINT_DISABLE": "1"}
    try:
        answer = subprocess.run(
            [found, "version", "-json"],
            capture_output=True,
            text=True,
            timeout=10,
            env=environ,
            stdin=subprocess.DEVNULL,
            check=True,
        )
        version = json.loads(answer.stdout)["terraform_version"]
        major, minor = version.split(".")[:2]
        return (int(major), int(minor)) >= OLDEST
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError, AttributeError):
        return False


def write_state(config: Path, state: Path) -> None:
    """Writes the state (format 4) that applying the configuration leaves."""
    read = json.loads(config.read_text(encoding="utf-8"))
    inputs = {name: body["input"] for name, body in read["resource"]["terraform_data"].items()}
    outputs = {name: _resolved(body["value"], inputs) for name, body in read["output"].items()}
    body = {
        "version": 4,
        "terraform_version": "1.4.0",
        "serial": 7,
        "lineage": str(_LINEAGE),
        "outputs": {name: {"value": value, "type": _type(value)} for name, value in outputs.items()},
        "resources": [_resource(name, inputs[name]) for name in sorted(inputs)],
        "check_results": None,
    }
    state.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def _resource(name: str, value: Any) -> dict[str, Any]:
    typed = {"value": value, "type": _type(value)}
    attributes = {
        "id": str(uuid.uuid5(_LINEAGE, name)),
        "input": typed,
        "output": typed,
        "triggers_replace": None,
    }
    return {
        "mode": "managed",
        "type": "terraform_data",
        "name": name,
        "provider": 'provider["terraform.io/builtin/terraform"]',
        "instances": [{"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}],
    }


def _resolved(expression: str, inputs: dict[str, Any]) -> Any:
    match = _OUTPUT.fullmatch(expression)
    return expression if match is None else inputs[match[1]][match[2]]


def _type(value: Any) -> Any:
    if isinstance(value, str):
        return "string"
    if isinstance(value, int):
        return "number"
    return ["object", {key: _type(item) for key, item in value.items()}]
