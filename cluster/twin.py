"""Whether another machine joined under our name at the same moment: `python -m cluster.twin HOST:PORT NAME`.

Run by `join` once its part is in the cluster, for two that ask at once are both told that they may. NAME is what that
part alone is called. The later of the two says so on a line as cluster.part does; who is alone says nothing.
"""

import sys
import time

from cluster.greeting import earlier, taken
from cluster.join import REFUSED
from cluster.part import gcs, parts
from cluster.with_parent import end_with_parent

EVERY_S, LONG_S = 2.0, 60.0
"""How often, and how long: the clocks of two machines may differ, and then the one that was first is the later one."""


def main() -> None:
    """Look until it is sure; print why this machine cannot stay, if it cannot."""
    head, name = sys.argv[1:]
    end_with_parent()
    client, until = gcs(head), time.monotonic() + LONG_S
    while time.monotonic() < until:
        try:
            former = earlier(parts(client), name)
        except Exception:  # Ray has no common ancestor for these; whether it is lost, its part finds out
            former = None
        if former is not None:
            print(f"{REFUSED}{taken(former)}", flush=True)
            return
        time.sleep(EVERY_S)


if __name__ == "__main__":
    main()
