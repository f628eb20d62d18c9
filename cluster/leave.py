"""What `join` runs before it ends: the first machine is asked to empty this one.

`python -m cluster.leave HOST:PORT ADDRESS MACHINE`, in the environment of the join; a process of its own, since `join`
imports no Ray. It prints what became of the actors here; exit status 1 where the first machine cannot be asked.
"""

import logging
import sys

import ray

from actors.refs import DESK, NAMESPACE

WAIT_S = 60.0


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
        cause = error.cause if isinstance(error, ray.exceptions.RayTaskError) else error
        print(f"the first machine was not told: {cause}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
