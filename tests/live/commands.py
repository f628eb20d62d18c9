"""The real command, many times in one process: `python -m tests.live.commands`, for tests that give hundreds of them.

Each line that comes in is a JSON list of words; it is answered by one of the exit code and all that was printed.
"""

import json
import sys

from typer.testing import CliRunner

from cli.main import app


def main() -> None:
    """Run commands until the standard input ends."""
    runner = CliRunner()
    for line in sys.stdin:
        result = runner.invoke(app, json.loads(line))
        print(json.dumps([result.exit_code, result.output]), flush=True)


if __name__ == "__main__":
    main()
