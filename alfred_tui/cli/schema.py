"""`schema`: the checklist's JSON Schema, for editors."""

import click


@click.command("schema")
def command() -> None:
    """Print the checklist's JSON Schema."""
    from alfred_tui.documents.schema import schema_text
    from alfred_tui.headless.encoding import utf_8

    utf_8()
    click.echo(schema_text(), nl=False)
