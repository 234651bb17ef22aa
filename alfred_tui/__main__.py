"""The command, also as `python -m alfred_tui`. An interrupt while it is loaded ends it without words."""

import os

try:
    from alfred_tui import interrupts

    interrupts.end_process()
except KeyboardInterrupt:
    os._exit(130)


def main() -> None:
    """The command line."""
    from alfred_tui.cli.main import main as cockpit

    cockpit()


if __name__ == "__main__":
    main()
