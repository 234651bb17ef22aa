"""`python -m tests.stories.whole_run ENDPOINTS.json`: leads the whole shipped checklist, headless, as the
demo's lead does, on an embedded cluster that somebody else runs and that outlives the run.

The run's clock is the cluster's. Rolls back at the first step that fails. The exit code is the run's.
"""

import asyncio
import sys
from pathlib import Path

import msgspec
from alfred_tui.cli.given import load
from alfred_tui.cli.headless import run_headless
from alfred_tui.cli.opening import DemoRun
from alfred_tui.cli.options import Options, checklist_path
from alfred_tui.demo.process import DemoEndpoints

_SECRETS = {"DATABASE_URL": "postgresql://lab", "OPENAI_API_KEY": "sk-lab", "SLACK_BOT_TOKEN": "xoxb-lab"}


async def lead(world: DemoEndpoints) -> int:
    options = Options(
        kubeconfig=world.kubeconfig,
        prometheus=world.prometheus,
        workdir=world.workspace,
        variables=(f"service_url={world.service_url}",),
        lead="Ann",
    )
    loaded, values = load(checklist_path("production"), options)
    demo = DemoRun(
        scenario=world.scenario,
        speed=world.speed,
        started_at=world.started_at,
        wall_started_at=world.wall_started_at,
        simulated=("terraform",) if world.terraform == "simulated" else (),
        path_dirs=world.path_dirs,
        secrets=_SECRETS,
    )
    return await run_headless(loaded, values, options, jsonl=True, demo=demo, on_trouble="rollback")


if __name__ == "__main__":
    endpoints = msgspec.json.decode(Path(sys.argv[1]).read_bytes(), type=DemoEndpoints)
    sys.exit(asyncio.run(lead(endpoints)))
