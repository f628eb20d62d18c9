"""The error tree. A refusal of a call is a value with a cause (domain.causes), never an exception.

SwitchboardError
├── InputError          what a person or a file gave is wrong: says what, where and how to mend it
│   ├── NotFoundError   the thing named does not exist
│   └── ConflictError   it contradicts what is already there
├── WireError           bytes from outside that no rule of their protocol allows: counted, answered as the RFC says
├── StoppedError        it was told to stop, and does nothing any more
└── BrokenWorldError    our own invariant or durable store is broken: the process must end, never go on guessing
"""


class SwitchboardError(Exception):
    """The root of all errors that this program raises itself."""


class InputError(SwitchboardError):
    """Wrong input. `str(error)` is one sentence for the person who gave it: what, where, how to mend it."""

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(": ".join(part for part in (where, what) if part) + (f". {mend}" if mend else ""))


class NotFoundError(InputError):
    """The thing named does not exist."""


class ConflictError(InputError):
    """The input contradicts what is already there."""


class WireError(SwitchboardError):
    """Bytes that no rule of their protocol allows; `reason` is a short counter name such as `bad-length`."""

    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason}: {detail}" if detail else reason)


class StoppedError(SwitchboardError):
    """It was told to stop, and does nothing any more, however long its process may be there."""


class BrokenWorldError(SwitchboardError):
    """An invariant of ours is broken or the durable store is gone; the process that sees it ends itself."""
