"""What loading the cluster floor costs: an import graph cannot show that an import is deferred."""

import subprocess
import sys

PROGRAM = """
import importlib, pkgutil, sys
import alfred_tui.cluster as package
for module in pkgutil.walk_packages(package.__path__, "alfred_tui.cluster."):
    importlib.import_module(module.name)
print(*sorted({name.split(".")[0] for name in sys.modules}))
"""


def test_loading_the_floor_loads_no_client_library() -> None:
    said = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, check=True, text=True, timeout=60
    )
    loaded = set(said.stdout.split())
    assert "msgspec" in loaded
    assert not loaded & {"kubernetes", "aiohttp", "pydantic", "requests", "urllib3", "textual", "rich"}
