"""A client's switch as a process of its own: `python -m tests.live.far_switch CLIENT ADDRESS NUMBER RECIPE`.

It calls at the node of its machine, by SIP or RADIUS as its recipe says, until its standard input is closed; then it
tells what it knows as one JSON object. Each line that comes in is answered by the number of calls admitted so far.
"""

import asyncio
import json
import sys

from cluster.demo.switch import NodeAddress
from tests.live.market import switch_of
from tests.live.phone import phone
from tests.live.traffic import Traffic


async def main(client: str, address: str, number: str, recipe: str) -> None:
    """Call until told to stop."""
    async with phone(switch_of(client, address, recipe), NodeAddress()) as switch:
        traffic = Traffic(switch, number, at_once=4)
        traffic.start()
        while await asyncio.to_thread(sys.stdin.readline):
            print(traffic.admitted, flush=True)
        await traffic.stop()
        told = {
            "admitted": traffic.admitted,
            "last_admitted": traffic.last_admitted,
            "acknowledged": traffic.acknowledged,
            "unacknowledged": traffic.unacknowledged,
            "refused": len(traffic.refused),
            "unheard": len(traffic.unheard),
        }
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
