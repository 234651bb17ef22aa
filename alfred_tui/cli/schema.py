"""`schema`: the checklist's JSON Schema, for editors."""

import click


@click.command("schema")
def command() -> None:
    """Print the checklist's JSON Schema."""
    from alfred_tui.documents.schema import schema_text

    click.echo(schema_text(), nl=False)
