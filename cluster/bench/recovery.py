"""What `bench failover` and `bench restart` share: a furnished folder whose book is full of open holds, and a call that
is asked for again and again until it goes."""

import asyncio
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from actors.home import Home
from actors.shard import Shard
from cluster.bench.stand import AT_MS, CLIENT, SIP_SWITCH, USD, free_ports, furnish, settings_text
from cluster.bench.up_process import UpProcess
from domain.calls import Side
from domain.errors import BrokenWorldError, WireError
from domain.holds import Hold, HoldMode
from domain.ids import DestinationId, TrunkId, call_key, hold_id
from domain.money import units_of
from domain.rates import Terms
from domain.settings import host_port
from domain.wire.sip_message import COOKIE, SipResponse, build_request, parse
from store.book import Book, Writes

HOLDS = 100_000
_HELD = units_of("0.60")
_TERMS = Terms(units_of("0.06"), units_of("0.06"))
_EVERY_S, _PATIENCE_S = 0.05, 120.0
_calls = count(1)


@dataclass(frozen=True, slots=True)
class Installation:
    """A furnished data folder, stopped or started by `up`. `recover_s`: how long its book took to load, by itself."""

    up: UpProcess
    holds: int
    recover_s: float

    def first_call_s(self, since: float) -> float:
        """Ask anew every 50 ms until a call goes (302); return the seconds since a moment of time.monotonic.

        Raises BrokenWorldError where none goes in two minutes.
        """
        server = host_port(self.up.home.settings.node[0].sip)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
            phone.bind((SIP_SWITCH.address, 0))
            phone.settimeout(_EVERY_S)
            while time.monotonic() - since < _PATIENCE_S:
                phone.sendto(_invite(next(_calls), phone.getsockname()[1], server), server)
                if _goes(phone):
                    return time.monotonic() - since
        raise BrokenWorldError(f"no call went within {_PATIENCE_S:.0f} s: see {self.up.data / 'switchboard.log'}")


@contextmanager
def installation(say: Callable[[str], None], holds: int) -> Iterator[Installation]:
    """Furnish a temporary folder, fill its book with open holds, and lend it, stopped; what runs is stopped at last."""
    with tempfile.TemporaryDirectory(prefix="switchboard-bench-") as name:
        folder = Path(name)
        (folder / "switchboard.toml").write_text(settings_text(free_ports(6)))
        up = UpProcess(folder)
        try:
            say("starting a switchboard to furnish it")
            up.start()
            asyncio.run(furnish(folder, say))
            up.stop()
            say(f"placing {holds} holds")
            fill(up.home, holds)
            yield Installation(up, holds, recover_s(up.home, holds))
        finally:
            up.stop()


def fill(home: Home, holds: int) -> None:
    """Write open holds of calls that have begun into the only book, as its shard would have."""
    opened = Book.open("", home.books, 0)
    try:
        assert not opened.load().holds, "the book is fresh"
        made = [open_hold(number) for number in range(holds)]
        balances = {(CLIENT, Side.CLIENT, USD): (0, holds * _HELD, holds)}
        opened.commit(Writes(holds={hold.hold_id: hold for hold in made}, balances=balances))
    finally:
        opened.close()


def recover_s(home: Home, holds: int) -> float:
    """Return how long a shard takes to load its book and to prove it. Raises BrokenWorldError where holds are gone."""
    directory = home.directory()
    assert directory is not None, "the folder is furnished"
    began = time.perf_counter()
    opened = Book.open("", home.books, 0)
    try:
        shard = Shard(opened, directory, home.hold_times(), home.placement)
        shard.recover()
        took_s = time.perf_counter() - began
    finally:
        opened.close()
    found = len(shard.partner(CLIENT).holds)
    if found != holds:
        raise BrokenWorldError(f"{found} of {holds} holds were recovered")
    return took_s


def open_hold(number: int) -> Hold:
    """Return the hold of a call that has begun; each number is a call of its own."""
    key = call_key(SIP_SWITCH.id, f"held-{number}".encode())
    return Hold(
        hold_id=hold_id(key, CLIENT, 1),
        call_key=key,
        partner=CLIENT,
        trunk=TrunkId(f"{SIP_SWITCH.id}-in"),
        switch=SIP_SWITCH.id,
        currency=USD,
        amount=_HELD,
        granted_s=14_400,
        mode=HoldMode.FIXED,
        placed_ms=AT_MS,
        expires_ms=AT_MS + 14_400_000,
        started=True,
        a="12025550100",
        b="254700000000",
        destination=DestinationId(1),
        terms=_TERMS,
        call_id=f"held-{number}".encode(),
    )


def _invite(call: int, port: int, server: tuple[str, int]) -> bytes:
    headers = [
        ("Via", f"SIP/2.0/UDP {SIP_SWITCH.address}:{port};rport;branch={COOKIE}{call:x}"),
        ("Max-Forwards", "70"),
        ("From", f"<sip:12025550100@{SIP_SWITCH.address}>;tag={call:x}"),
        ("To", f"<sip:254700000000@{server[0]}>"),
        ("Call-ID", f"recovery-{call:x}@{SIP_SWITCH.address}"),
        ("CSeq", "1 INVITE"),
        ("Contact", f"<sip:12025550100@{SIP_SWITCH.address}:{port}>"),
    ]
    return build_request("INVITE", f"sip:254700000000@{server[0]}:{server[1]}", headers)


def _goes(phone: socket.socket) -> bool:
    """Wait for an answer; whether it says that a call may go. Nobody listens: wait as long, and say no."""
    until = time.monotonic() + _EVERY_S
    while (left := until - time.monotonic()) > 0:
        phone.settimeout(left)
        try:
            response = parse(phone.recv(65_536))
        except TimeoutError:
            break
        except (OSError, WireError):
            time.sleep(max(0.0, until - time.monotonic()))
            break
        if isinstance(response, SipResponse) and response.status == 302:
            return True
    return False
