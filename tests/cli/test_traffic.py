"""`switchboard traffic`."""

from protos.operators_pb2 import Traffic, TrafficLine
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

ASK = "traffic --from 2026-10-01 --to 2026-10-31".split()


def test_traffic_shows_asr_acd_and_minutes(desk: FarDesk) -> None:
    line = TrafficLine(
        partner="orbita",
        side="client",
        destination="Kenya",
        attempts=60_000,
        answered=25_400,
        seconds=3_810_000,
        billed_s=3_810_000,
        charge=Money(units=666_750_000_000, currency="USD"),
    )
    desk.says("Finance.GetTraffic", Traffic(lines=[line]))
    row = desk.run(*ASK).stdout.splitlines()[1].split()
    assert row == "orbita client Kenya 60,000 25,400 42.33 2:30 63,500.0 3,810,000 6667.50 USD".split()


def test_traffic_without_answers_has_no_averages(desk: FarDesk) -> None:
    desk.says("Finance.GetTraffic", Traffic(lines=[TrafficLine(partner="orbita", side="client", attempts=3)]))
    assert desk.run(*ASK).stdout.splitlines()[1].split() == "orbita client 3 0 0.00 0.0 0".split()
