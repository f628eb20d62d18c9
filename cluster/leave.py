"""What `join` runs before it ends: the first machine is asked to empty this one.

`python -m cluster.leave HOST:PORT ADDRESS MACHINE`, in the environment of the join; a process of its own, since `join`
imports no Ray. It prints what became of the actors here; exit status 1 where the first machine cannot be asked.
"""

import logging
import sys

import ray

from actors.machines import EMPTIED_S
from actors.refs import DESK, NAMESPACE

WAIT_S = EMPTIED_S + 5.0
BEGIN_S = 30.0
"""How long this process takes to start and to reach the first machine, at most."""


def main() -> int:
    """Ask, and print the answer."""
    head, address, machine = sys.argv[1:]
    try:
        ray.init(
            address=head,
            namespace=NAMESPACE,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _node_ip_address=address,
        )
        desk = ray.get_actor(DESK, namespace=NAMESPACE)
        print(ray.get(desk.leave.remote(machine), timeout=WAIT_S), flush=True)
    except (ConnectionError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
        print(failure(error), flush=True)
        return 1
    return 0


def failure(error: Exception) -> str:
    """Return in a sentence what became of the question."""
    if isinstance(error, ray.exceptions.GetTimeoutError):
        return f"the first machine was told, and did not finish within {WAIT_S:.0f} s"
    cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
    return f"the first machine was not told: {cause}"


if __name__ == "__main__":
    sys.exit(main())
