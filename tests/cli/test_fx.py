"""`switchboard fx`."""

import json

from cli.parsing import moment
from protos.operators_pb2 import Changed, FxRate, FxRates
from tests.cli.far_desk import FarDesk

RATES = FxRates(
    base_currency="USD",
    rates=[FxRate(currency="EUR", from_ms=moment("2026-10-01"), rate_units=110_000_000, source="ecb")],
)


def test_set_sends_the_rate_exactly(desk: FarDesk) -> None:
    desk.says("Fx.Set", Changed(what="EUR = 1.10 USD"))
    result = desk.run(*"fx set --currency eur --rate 1.10 --at 2026-10-01 --source ecb".split())
    assert (result.exit_code, result.stdout) == (0, "EUR = 1.10 USD\n")
    assert desk.asked("Fx.Set") == RATES.rates[0]


def test_a_rate_of_zero_is_wrong_usage(desk: FarDesk) -> None:
    assert desk.run(*"fx set --currency EUR --rate 0 --at 2026-10-01".split()).exit_code == 2


def test_list_names_the_base_currency(desk: FarDesk) -> None:
    desk.says("Fx.List", RATES)
    assert desk.run("fx", "list").stdout.splitlines()[0].split() == ["currency", "from", "(UTC)", "USD", "source"]
    shown = json.loads(desk.run("fx", "list", "--json").stdout)
    assert shown["rates"][0] == {"currency": "EUR", "from": "2026-10-01T00:00:00.000Z", "rate": "1.10", "source": "ecb"}
