"""A process that ends when the one that started it is gone, however that went: nobody would watch over it."""

import ctypes
import os
import signal


def end_with_parent(parent: int = 0) -> None:
    """Have the kernel stop us (SIGTERM) when our parent is gone; also what we become by exec.

    `parent`: its process id; one that is gone before this is called is not waited for, and SystemExit is raised.
    """
    PR_SET_PDEATHSIG = 1  # noqa: N806  the kernel's name, prctl(2)
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent and os.getppid() != parent:
        raise SystemExit(1)
