"""`switchboard console`: the operators' console on a running switchboard."""

from protos.connect import data_folder
from tui.app import run


def command() -> None:
    """Open the console."""
    run(str(data_folder()))
