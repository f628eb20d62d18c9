"""Ray's part of a machine that joins: `python -m cluster.part PARENT HOST:PORT MACHINE WORDS…`, started by `join`.

It ends with `join`, however that ends; asks the first machine whether we can join; and becomes `ray start WORDS…`.
"""

import os
import socket
import sys

from ray._raylet import GcsClient  # type: ignore[attr-defined]  # compiled, without types

from actors.machines import RESOURCE
from actors.program import program
from cluster.greeting import ANSWER_S, KEY, SPACE, Greeting, Present, refusal
from cluster.join import REFUSED
from cluster.with_parent import end_with_parent
from domain.settings import host_port

RAY = "import sys; from ray.scripts.scripts import main; sys.exit(main())"
ALIVE = 0
"""GcsNodeInfo.ALIVE."""


def main() -> int:
    """Ask, then become Ray's part. Returns only where we cannot join."""
    parent, head, machine, *words = sys.argv[1:]
    end_with_parent(int(parent))
    why = refused(head, machine)
    if why:
        print(f"{REFUSED}{why}", flush=True)
        return 1
    return os.execv(sys.executable, [sys.executable, "-c", RAY, "start", *words])  # noqa: S606  ourselves, no shell


def refused(head: str, machine: str) -> str:
    """Ask the first machine; return why we cannot join it, "" if we can."""
    try:
        client = gcs(head)
        said = client.internal_kv_get(KEY, namespace=SPACE, timeout=ANSWER_S)
        present = parts(client)
    except Exception as error:  # Ray has no common ancestor for what its own client raises
        return f"{head} does not answer: {error!r}".splitlines()[0]
    return refusal(Greeting.unpack(said) if said else None, machine, present, program())


def gcs(head: str) -> GcsClient:
    """Return a way to the first machine's store. Raises OSError, at once, where nothing answers there."""
    socket.create_connection(host_port(head), ANSWER_S).close()  # Ray's client would try for 40 s
    return GcsClient(address=head)


def parts(client: GcsClient) -> list[Present]:
    """Return the parts of the cluster that are machines of ours, as the first machine knows them."""
    return [
        Present(
            name.removeprefix(RESOURCE),
            node.node_manager_address,
            node.node_manager_port,
            node.node_name,
            node.start_time_ms,
        )
        for node in client.get_all_node_info(timeout=ANSWER_S).values()
        if node.state == ALIVE
        for name in node.resources_total
        if name.startswith(RESOURCE)
    ]


if __name__ == "__main__":
    sys.exit(main())
