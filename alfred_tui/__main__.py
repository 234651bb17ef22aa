"""The command, also as `python -m alfred_tui`. An interrupt while it is loaded ends it without words."""

import sys


def main() -> None:
    """The command line."""
    try:
        from alfred_tui.cli.main import main as cockpit
    except KeyboardInterrupt:
        sys.exit(130)
    cockpit()


if __name__ == "__main__":
    main()
