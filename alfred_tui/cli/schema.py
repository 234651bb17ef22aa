"""`schema`: the checklist's JSON Schema, for editors."""

import json

import click


@click.command("schema")
def command() -> None:
    """Print the checklist's JSON Schema."""
    from alfred_tui.documents import json_schema

    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))
