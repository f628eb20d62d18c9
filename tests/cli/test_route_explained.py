"""`switchboard route --explain` and `routes simulate`."""

import json

import pytest

from domain.money import units_of
from protos.explaining_pb2 import ExplainedRoutes, ExplainRequest, FigureValue, OrderTerm, TrialPolicy, VendorRank
from protos.operators_pb2 import RouteRequest
from protos.switch_pb2 import Decision
from tests.cli.far_desk import FarDesk

WORDS = "--from callwell --to 447911123456".split()
CALL = RouteRequest(client="callwell", to="447911123456")


def figures(asr: float, price: float) -> list[FigureValue]:
    return [
        FigureValue(name="price", text=f"{price:g}", number=price),
        FigureValue(name="asr(1h)", text=f"{asr:g}", number=asr),
    ]


def vendor(name: str, place: int, price: str, cost: str, wins: str, asr: float, reason: str = "") -> VendorRank:
    return VendorRank(
        vendor=name, trunk=f"{name}-1", place=place, reason=reason, rated=True, code="447", price_units=units_of(price),
        currency="USD", real_cost_units=units_of(cost), margin_units=units_of("0.0294") - units_of(cost),
        figures=figures(asr, float(price)), worth=[FigureValue(name="asr / price", text=f"{asr / float(price):.6g}")],
        wins_units=units_of(wins) if wins else None,
    )  # fmt: skip


EXPLAINED = ExplainedRoutes(
    decision=Decision(admitted=True, client="callwell", called="447911123456", destination="UK Mobile"),
    policy="default v2",
    terms=[OrderTerm(text="asr / price", most=True)],
    keep="asr >= 35",
    base_currency="USD",
    vendors=[
        vendor("kestrel", 1, "0.0246", "0.0246", "0.0262", 45.0),
        vendor("bluewire", 2, "0.0240", "0.024768", "0.02383720", 40.0),
        vendor("savanna", 0, "0.0200", "0.0200", "", 25.0, "keeps not what is promised: asr >= 35 (asr 25)"),
        VendorRank(vendor="tessera", reason="no outgoing trunk"),
    ],
)


def row(said: str, name: str) -> list[str]:
    return next(line.split() for line in said.splitlines() if name in line.split()[:2])


def test_every_vendor_is_shown_with_its_terms_and_the_price_that_would_have_won(desk: FarDesk) -> None:
    desk.says("Explaining.Explain", EXPLAINED)
    said = desk.run("route", *WORDS, "--explain").stdout
    assert desk.asked("Explaining.Explain") == ExplainRequest(call=CALL)
    assert "most asr / price" in said and "asr >= 35" in said and "default v2" in said
    assert row(said, "kestrel") == "1 kestrel kestrel-1 447 0.0246 USD 0.0246 0.0048 45 1829.27 0.0262".split()
    assert row(said, "bluewire")[-3:] == ["40", "1666.67", "0.0238372"]
    assert row(said, "savanna")[0] == "-" and row(said, "savanna")[-1] == "-"
    assert "savanna-1  keeps not what is promised: asr >= 35 (asr 25)" in said
    assert "no outgoing trunk" in said


def test_the_parts_of_those_who_are_drawn_are_told(desk: FarDesk) -> None:
    told = ExplainedRoutes()
    told.CopyFrom(EXPLAINED)
    told.drawn = "by the policy's split: shares bluewire 45.00 %, kestrel 55.00 %"
    desk.says("Explaining.Explain", told)
    assert f"drawn        {told.drawn}" in desk.run("route", *WORDS, "--explain").stdout
    desk.says("Explaining.Explain", EXPLAINED)
    assert "drawn" not in desk.run("route", *WORDS, "--explain").stdout


@pytest.mark.parametrize("words", [["route", "--explain"], ["routes", "simulate"]])
def test_an_identity_is_asked_about_by_its_level(desk: FarDesk, words: list[str]) -> None:
    desk.says("Explaining.Explain", EXPLAINED)
    desk.run(*words, *WORDS, "--attestation", "B")
    assert desk.asked("Explaining.Explain").call == RouteRequest(client="callwell", to="447911123456", attestation="B")


def test_who_stands_last_for_its_quality_is_told_so(desk: FarDesk) -> None:
    told = ExplainedRoutes()
    told.CopyFrom(EXPLAINED)
    told.vendors[1].reason = "stands last: out since noon: asr 25.0"
    desk.says("Explaining.Explain", told)
    said = desk.run("route", *WORDS, "--explain").stdout
    last, out = said.split("last for their quality")[1].split("why they are out")
    assert "bluewire-1  stands last: out since noon: asr 25.0" in last and "bluewire" not in out


def test_a_term_that_is_a_figure_has_one_column(desk: FarDesk) -> None:
    plain = ExplainedRoutes()
    plain.CopyFrom(EXPLAINED)
    plain.window = "1h"
    for one in plain.vendors:
        if one.rated:
            del one.worth[:]
            one.worth.extend([FigureValue(name="price", text="1"), FigureValue(name="asr", text="45")])
    desk.says("Explaining.Explain", plain)
    said = desk.run("route", *WORDS, "--explain").stdout
    assert row(said, "kestrel") == "1 kestrel kestrel-1 447 0.0246 USD 0.0246 0.0048 45 0.0262".split()
    plain.window = "24h"  # then asr is another figure than asr(1h)
    desk.says("Explaining.Explain", plain)
    assert row(desk.run("route", *WORDS, "--explain").stdout, "kestrel")[-3:] == ["45", "45", "0.0262"]


def test_as_json_figures_are_numbers_and_prices_decimal_strings(desk: FarDesk) -> None:
    desk.says("Explaining.Explain", EXPLAINED)
    first, *_, out = json.loads(desk.run("route", *WORDS, "--explain", "--json").stdout)["vendors"]
    assert (first["wins"], first["figures"][1]["number"], first["worth"][0]["number"]) == ("0.0262", 45.0, None)
    assert (out["vendor"], out["wins"], out["rated"]) == ("tessera", None, False)


def test_a_policy_is_tried_without_being_kept(desk: FarDesk) -> None:
    desk.says("Explaining.Explain", EXPLAINED)
    order = "price, then asr * acd / pdd_p50"
    said = desk.run(
        "routes", "simulate", *WORDS, "--order", order, "--keep", "asr >= 35", "--vendors", "kestrel, savanna"
    )
    trial = TrialPolicy(order=order, keep="asr >= 35", vendors=["kestrel", "savanna"])
    assert desk.asked("Explaining.Explain") == ExplainRequest(call=CALL, trial=trial)
    assert row(said.stdout, "kestrel")[:2] == ["1", "kestrel"]


@pytest.mark.parametrize("words", [["route", "--to", "447", "--explain"], ["routes", "simulate", "--to", "447"]])
def test_without_a_client_there_is_nothing_to_explain(desk: FarDesk, words: list[str]) -> None:
    assert desk.run(*words).exit_code == 2
