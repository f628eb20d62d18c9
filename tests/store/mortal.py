"""Programs that end with the process that started them, however that one ends."""

import ctypes
import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

STARTER = ThreadPoolExecutor(1, "starter")
"""A thread that lives as long as this process: a program ends with the thread that started it."""
_PR_SET_PDEATHSIG = 1
"""Of <linux/prctl.h>: the signal that the kernel sends to a process when its parent dies."""


def ends_with_us(with_signal: signal.Signals) -> Callable[[], None]:
    """Return what Popen is to call in the new process (`preexec_fn`) so that our end, a kill too, sends it a signal.

    Holds for the thread that starts the program: it has to live as long as the program shall. Another user's
    process may get it too, but no program that changes its user when it starts (set-user-ID).
    """
    prctl = ctypes.CDLL(None).prctl  # looked up here: the new process has only one of our threads, and no time for it
    starter = os.getpid()

    def in_the_new_process() -> None:
        signal.signal(with_signal, signal.SIG_DFL)  # ignored in what a shell runs behind itself, and so in all of ours
        prctl(_PR_SET_PDEATHSIG, int(with_signal))
        if os.getppid() != starter:  # it died before we had asked
            os.kill(os.getpid(), with_signal)

    return in_the_new_process
