"""The console is as large as its terminal, whatever a shell around it exports."""

import fcntl
import os
import struct
import subprocess
import sys
import termios

ASK = """
from shutil import get_terminal_size
from tui.app import _believe_the_terminal
_believe_the_terminal()
print(*get_terminal_size())
"""


def asked(stdout: int) -> None:
    exported = os.environ | {"COLUMNS": "160", "LINES": "50"}
    subprocess.run([sys.executable, "-c", ASK], stdout=stdout, env=exported, check=True)


def test_the_terminal_is_believed_and_not_what_a_shell_exported() -> None:
    ours, theirs = os.openpty()
    try:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        asked(theirs)
        assert os.read(ours, 100).split() == [b"80", b"24"]
    finally:
        os.close(ours)
        os.close(theirs)


def test_without_a_terminal_what_was_exported_counts() -> None:
    ours, theirs = os.pipe()
    try:
        asked(theirs)
        assert os.read(ours, 100).split() == [b"160", b"50"]
    finally:
        os.close(ours)
        os.close(theirs)
