"""The demo's synthetic switches make calls for some seconds; what they counted is what the books say, to the second."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator

import pytest

from actors.home import machine_ms
from cluster.demo import world as data
from cluster.demo.figures import SwitchFigures
from cluster.demo.script import attempts_of, script
from cluster.demo.stage import Operator, fresh_folder
from cluster.demo.switch import SyntheticSwitch
from cluster.demo.switch_radius import RadiusSwitch
from cluster.demo.switch_sip import SipSwitch
from cluster.demo.vendors import Vendors
from domain.clock import Clock
from domain.ids import PartnerId
from protos import operators_pb2 as pb
from protos.operators_pb2_grpc import FinanceServiceStub
from tests.live.running import Running, started

pytestmark = pytest.mark.live

ATTEMPTS_PER_S, STORY_S = 40, 21
NAMES = {data.KENYA: "Kenya Mobile", data.UK: "United Kingdom Mobile", data.INDIA: "India"}


@pytest.fixture
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A switchboard with the demo's settings: a clock that can be set."""
    with started(fresh_folder(tmp_path_factory.mktemp("synthetic"))) as running:
        yield running


async def test_ten_seconds_of_traffic_are_in_the_books_as_the_switches_counted_them(board: Running) -> None:
    operator = Operator(board.folder)
    await operator.furnish(data.world(), lambda _: None)
    await operator.open_books(data.world())
    await operator.set_clock(data.ORIGIN_MS, data.CLOCK_SPEED)
    figures = await calls(board, Clock(data.ORIGIN_MS, machine_ms(), data.CLOCK_SPEED))
    for one in figures.values():
        assert one.unheard == one.accounting.lost == one.open_calls == 0
        assert one.admitted == one.attempts > 0, one.refused
    assert await told(operator) == counted(figures)
    check = await operator.check()
    assert not check.differences and not check.cdrs_minus_postings.units and not check.trial_balance.units
    assert (check.open_calls, check.open_holds, check.unrated) == (0, 0, 0)
    await operator.close()


async def calls(board: Running, clock: Clock) -> dict[PartnerId, SwitchFigures]:
    """Let both switches make their calls to the end; return what they counted."""
    vendors = Vendors()
    attempts = tuple(one for one in script(ATTEMPTS_PER_S, STORY_S) if not one.stays_open)
    switches: dict[PartnerId, SyntheticSwitch] = {
        data.ORBITA: RadiusSwitch(data.switch_of(data.ORBITA), board.node, vendors),
        data.CALLWELL: SipSwitch(data.switch_of(data.CALLWELL), board.node, vendors),
    }
    for switch in switches.values():
        await switch.start()
    await asyncio.gather(*(switch.run(attempts_of(name, attempts), clock) for name, switch in switches.items()))
    for switch in switches.values():
        await switch.close()
    return {name: switch.figures for name, switch in switches.items()}


Rows = dict[tuple[str, str, str], tuple[int, int, int]]
"""Side, partner, destination: attempts, answered, seconds."""


def counted(figures: dict[PartnerId, SwitchFigures]) -> Rows:
    """Add up what the switches counted."""
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in figures.values():
        for (side, partner, code), tally in one.legs.items():
            row = sums[side.value, partner, code]
            for at, figure in enumerate((tally.attempts, tally.answered, tally.seconds)):
                row[at] += figure
    return {key: (row[0], row[1], row[2]) for key, row in sums.items()}


async def told(operator: Operator) -> Rows:
    """Ask the desk for the traffic of the day, by the codes of the demo instead of the names of destinations."""
    day = pb.Period(from_ms=data.ORIGIN_MS, to_ms=data.ORIGIN_MS + 86_400_000)
    traffic = await FinanceServiceStub(operator.channel).GetTraffic(day, metadata=operator.token)
    sums: defaultdict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for line in traffic.lines:
        code = next(code for code, name in NAMES.items() if line.destination.startswith(name))
        row = sums[line.side, line.partner, code]
        for at, figure in enumerate((line.attempts, line.answered, line.seconds)):
            row[at] += figure
    return {key: (row[0], row[1], row[2]) for key, row in sums.items()}
