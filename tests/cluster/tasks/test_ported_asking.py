"""Servers are asked about the numbers of CDR files and of parked records, as nodes ask about those of reports."""

import socketserver
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread

import dns.message
import dns.rrset
import pytest

from actors import dips
from actors.tasks import LegQuery
from cluster.tasks.cdr_staging import stage_cdrs
from cluster.tasks.leg_search import find_legs
from domain.causes import ParkCause
from domain.directory import Portability
from domain.ids import TrunkId
from domain.portability import PortedSource, Silent, SourceKind
from tests.cluster.tasks.places import BY, NOW, Place, Row, a_catalog, a_place, moment, write_rows
from tests.cluster.tasks.test_replay import parked, retry

MOVED, STAYED = "447911123456", "447911123457"
KENYA = "254733000000"


class Server(socketserver.UDPServer):
    """A name server that knows of one number that it has moved; it can be told to say nothing."""

    def __init__(self) -> None:
        super().__init__(("127.0.93.1", 0), Answer)
        self.speaks, self.heard = True, list[str]()


class Answer(socketserver.BaseRequestHandler):
    """One question."""

    server: Server

    def handle(self) -> None:
        data, socket = self.request
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        self.server.heard.append(name)
        if not self.server.speaks:
            return
        reply = dns.message.make_response(query)
        if name.startswith(".".join(reversed(MOVED))):
            regexp = f"!^.*$!tel:+{MOVED};npdi;rn=+{KENYA}!"
            reply.answer.append(dns.rrset.from_text(name, 600, "IN", "NAPTR", f'1 1 "u" "E2U+pstn:tel" "{regexp}" .'))
        socket.sendto(reply.to_wire(), self.client_address)


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


@pytest.fixture(params=[Silent.AS_DIALLED, Silent.REFUSE])
def silent(request: pytest.FixtureRequest) -> Silent:
    return Silent(request.param)


@pytest.fixture
def place(server: Server, silent: Silent, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A house whose client's numbers are looked up at the server."""
    monkeypatch.setattr(dips, "PAUSE_S", 0.05)
    with a_place() as opened:  # in a folder that no other test has had: workers keep what they read of a catalog
        catalog = a_catalog(opened.home.catalog_url())
        trunk = catalog.trunks.get(TrunkId("orbita-in"))
        catalog.trunks.change(replace(trunk, options=replace(trunk.options, portability=Portability.LOOK_UP)), **BY)
        where = f"127.0.93.1:{server.server_address[1]}"
        lnp = PortedSource("lnp", SourceKind.ENUM, server=where, timeout_ms=200, silent=silent)
        catalog.ported.add(lnp, **BY)
        yield opened
        catalog.close()


def bring(place: Place, *numbers: str) -> None:
    setup = NOW - 600_000
    times = {"setup": moment(setup), "connect": moment(setup + 5_000), "disconnect": moment(setup + 65_000)}
    rows: list[Row] = [
        {"switch": "gw", "side": "client", "call_id": f"{at} 1 2 3", "session_id": f"s{at}", "a": "12025550100",
         "b": number, "duration_ms": "60000", "cause": "16", "release_side": "caller"} | times
        for at, number in enumerate(numbers)
    ]  # fmt: skip
    for _, stage in stage_cdrs(place.home, write_rows(place.home.data / "calls.csv", rows), NOW).stages:
        place.shard.take_block(Path(stage), NOW)


def charged(place: Place) -> dict[str, tuple[str, str]]:
    """By the number that was dialled: the code that it was rated by, and its routing number."""
    legs = [found.leg for found in find_legs(place.home, LegQuery(limit=10))[0]]
    return {leg.b: (leg.code, leg.routing_number) for leg in legs}


def test_rows_of_a_file_are_charged_by_what_the_server_says(place: Place, server: Server) -> None:
    bring(place, MOVED, STAYED, MOVED)
    assert charged(place) == {MOVED: ("254", KENYA), STAYED: ("44", "")}
    assert len(server.heard) == 2, "each number is asked about once"


def test_rows_of_a_silent_server_go_as_dialled_or_wait(place: Place, server: Server, silent: Silent) -> None:
    server.speaks = False
    bring(place, MOVED)
    if silent is Silent.AS_DIALLED:
        assert (charged(place), parked(place)) == ({MOVED: ("44", "")}, [])
        return
    assert (charged(place), [one.cause for one in parked(place)]) == ({}, [ParkCause.NOT_LOOKED_UP])
    assert retry(place) == [ParkCause.NOT_LOOKED_UP]
    server.speaks = True
    assert retry(place) == ["RecordLeg"]
    assert charged(place) == {MOVED: ("254", KENYA)}
