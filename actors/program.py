"""Which program runs: a digest of its source, by which two machines know that theirs is the same.

What goes between processes is pickled by the names of classes and the order of their fields: of two programs, one would
read the other's money as something else, and nothing would say so.
"""

from functools import cache
from hashlib import sha256
from pathlib import Path

from domain.errors import SwitchboardError

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("actors", "cluster", "domain", "protos", "store")
"""All that what travels is made of, and all that makes and reads it."""


class OtherProgramError(SwitchboardError):
    """Another program is at work on another machine: nothing that it says may be read."""


@cache
def program() -> str:
    """Return the digest of the program that this process was started from. Reads it once, some tens of milliseconds."""
    return digest_of(ROOT)


def digest_of(root: Path) -> str:
    """Return a digest of the names and the contents of all source files of a program."""
    digest = sha256()
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*.py")):
            content = path.read_bytes()
            digest.update(b"%s %d " % (f"{path.relative_to(root)}".encode(), len(content)) + content)
    return digest.hexdigest()
