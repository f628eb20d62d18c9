"""A switchboard of the benchmarks' own, on a temporary data folder and free ports, furnished as an operator does."""

import asyncio
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cluster.bench.processes import Memory, cpu_s, memory
from cluster.demo.stage import Operator
from cluster.demo.world import PlanEntry, Price, SwitchEntry
from cluster.demo.world import World as Furniture
from cluster.up import Supervisor
from domain.calls import Side
from domain.directory import Direction, Partner, Trunk
from domain.errors import BrokenWorldError
from domain.ids import PartnerId, PlanId, SwitchId, TrunkId
from domain.money import Currency, units_of
from domain.settings import NodeSettings, host_port

USD = Currency("USD")
CLIENT = PartnerId("client")
SIP_SWITCH = SwitchEntry(SwitchId("sip-switch"), CLIENT, "127.0.0.21", "sip302")
RADIUS_SWITCH = SwitchEntry(SwitchId("radius-switch"), CLIENT, "127.0.0.22", "cisco")
ENUM_SWITCH = SwitchEntry(SwitchId("enum-switch"), CLIENT, "127.0.0.23", "enum")
_SWITCHES = (SIP_SWITCH, RADIUS_SWITCH, ENUM_SWITCH)
VENDORS = tuple(PartnerId(f"vendor-{at}") for at in range(5))
VENDOR_PORT = 5060
CODES = ("2547", "447", "91", "5939")
"""Kenya Mobile, UK Mobile, India, Ecuador Mobile; each plan also prices the 110 codes below each of them."""
SELL_PRICE, BUY_PRICE = "0.0600", "0.0480"
"""Per minute at 1/1: a second sold is 0.001, bought 0.0008, so that sums of charges are known beforehand."""
_SETTINGS = """# The settings of one benchmark.
[clock]
origin = "2026-11-02T09:00:00Z"
speed = 1
settable = {clock_settable}

[store]
seal_every_s = {seal_every_s}

[limits]
max_call_s = {max_call_s}
sheet_mb = 200

[desk]
listen = "127.0.0.1:{}"
metrics = ""

[[node]]
name = "node-0"
sip = "127.0.0.1:{}"
sip_tls = ""
radius_auth = "127.0.0.1:{}"
radius_acct = "127.0.0.1:{}"
enum = "127.0.0.1:{}"
grpc = "127.0.0.1:{}"
"""
AT_MS = 1_793_610_000_000
"""The clock's origin, 2026-11-02 09:00 UTC."""


@dataclass(frozen=True, slots=True)
class Stand:
    """A running switchboard: its folder, its node's settings, and the processes of node and shard."""

    folder: Path
    node: NodeSettings
    node_pid: int
    shard_pid: int

    @property
    def sip(self) -> tuple[str, int]:
        """Where SIP is heard."""
        return host_port(self.node.sip)

    @property
    def radius_acct(self) -> tuple[str, int]:
        """Where accounting is heard."""
        return host_port(self.node.radius_acct)

    @property
    def enum(self) -> tuple[str, int]:
        """Where ENUM questions are heard."""
        return host_port(self.node.enum)

    def cpu_s(self) -> tuple[float, float]:
        """Return the processor seconds used so far by node and shard."""
        return cpu_s(self.node_pid), cpu_s(self.shard_pid)

    def memory(self) -> tuple[Memory, Memory]:
        """Return the memory of node and shard."""
        return memory(self.node_pid), memory(self.shard_pid)


@contextmanager
def stand(say: Callable[[str], None]) -> Iterator[Stand]:
    """Start and furnish a switchboard; stop it in the end. Raises BrokenWorldError when it does not come up."""
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder = Path(name)
        (folder / "switchboard.toml").write_text(settings_text(free_ports(6)))
        say("starting a switchboard")
        began = time.perf_counter()
        supervisor = Supervisor(folder)
        thread = _started(supervisor, folder)
        try:
            say(f"ready after {time.perf_counter() - began:.1f} s")
            asyncio.run(furnish(folder, say))
            pids = actor_pids(folder)
            node = supervisor.home.settings.node[0]
            yield Stand(folder, node, pids[node.name], pids["shard-0"])
        finally:
            supervisor.stop()
            thread.join(timeout=60)


def _started(supervisor: Supervisor, folder: Path) -> threading.Thread:
    """Start it; a failure tells the end of the log, which goes with the folder."""
    try:
        return supervisor.start()
    except BrokenWorldError as error:
        log = folder / "switchboard.log"
        last = log.read_text().strip().splitlines()[-5:] if log.exists() else []
        raise BrokenWorldError("; ".join([str(error), *last])) from None


def furniture() -> Furniture:
    """Return one postpaid client with a large limit, a switch for each door, and vendors that differ in price."""
    partners = [Partner(CLIENT, "Client", USD, credit_limit=units_of("1000000000"), sell_plan=PlanId("client-sell"))]
    trunks = [Trunk(TrunkId(f"{s.id}-in"), CLIENT, Direction.IN, switch=s.id) for s in _SWITCHES]
    plans = [PlanEntry(PlanId("client-sell"), CLIENT, Side.CLIENT, USD, _prices(SELL_PRICE))]
    for at, vendor in enumerate(VENDORS):
        plan = PlanId(f"{vendor}-buy")
        partners.append(Partner(vendor, vendor, USD, buy_plan=plan))
        trunks.append(Trunk(TrunkId(f"{vendor}-out"), vendor, Direction.OUT, host=vendor_host(at), port=VENDOR_PORT))
        price = BUY_PRICE if at == 0 else f"0.0{481 + 7 * at}"
        plans.append(PlanEntry(plan, vendor, Side.VENDOR, USD, _prices(price)))
    return Furniture(tuple(partners), _SWITCHES, tuple(trunks), tuple(plans), (), (), ())


def numbers(count: int) -> tuple[str, ...]:
    """Return numbers of 12 digits that all plans price, spread over all codes."""
    found = []
    for at in range(count):
        code = CODES[at % len(CODES)]
        found.append(code + f"{at * 7919 % 10 ** (12 - len(code)):0{12 - len(code)}}")
    return tuple(found)


def vendor_host(at: int) -> str:
    """Return where a vendor takes calls; nothing is ever sent there."""
    return f"127.0.1.{at + 1}"


def _prices(price: str) -> tuple[Price, ...]:
    tails = ["", *(f"{at}" for at in range(10)), *(f"{at:02}" for at in range(100))]
    return tuple(Price(code + tail, price, "1/1") for code in CODES for tail in tails)


async def furnish(folder: Path, say: Callable[[str], None]) -> None:
    """Enter everything into the switchboard that runs on a folder."""
    operator = Operator(folder)
    try:
        await operator.furnish(furniture(), say)
    finally:
        await operator.close()


def actor_pids(folder: Path) -> dict[str, int]:
    """Return the processes of the actors by name."""
    return asyncio.run(_actor_pids(folder))


async def _actor_pids(folder: Path) -> dict[str, int]:
    operator = Operator(folder)
    try:
        return {actor.name: actor.pid for actor in (await operator.status()).actors}
    finally:
        await operator.close()


def settings_text(
    ports: list[int], *, seal_every_s: int = 86_400, clock_settable: bool = False, max_call_s: int = 14_400
) -> str:
    """Return the settings of a benchmark on six free ports."""
    settable = str(clock_settable).lower()
    return _SETTINGS.format(*ports, seal_every_s=seal_every_s, clock_settable=settable, max_call_s=max_call_s)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses on loopback, neither by UDP nor by TCP."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            port = int(udp.getsockname()[1])
            try:
                tcp.bind(("127.0.0.1", port))
            except OSError:
                continue
            if port not in found:
                found.append(port)
    return found
