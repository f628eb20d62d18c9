"""Values as JSON and back."""

from datetime import date
from pathlib import Path

import orjson
import pytest

from domain.directory import Direction, Directory, FxRate, NumberRules, Outage, PartnerStatus, Policy, Recipe
from domain.errors import BrokenWorldError
from domain.ids import DestinationId, PartnerId, PlanId, SwitchId
from domain.money import Currency
from domain.policies.policy import Attachment, Policies, TimeProfile, Unmet
from domain.rates import Crossing, PlanRules, SecondsRounding, Window
from store.directory_file import read_directory, write_directory
from store.values_json import plan_rules_of, recipe_of, to_json
from tests.store.catalog.builders import partner, switch, trunk

DAY = date(2026, 12, 25)


def directory() -> Directory:
    """A directory in which no field has its default."""
    kestrel = partner(
        "kestrel", status=PartnerStatus.SUSPENDED, outage=Outage.TRUST, max_calls=3, buy_plan=PlanId("b"), policy="p"
    )
    gateway = switch(recipe=Recipe("odd", call_id_attributes=("x", "y"), interim_s=60))
    rules = NumberRules("77", ("00",), "44", "0", 2, "9")
    out = trunk("out", "kestrel", Direction.OUT, host="192.0.2.9", rules=rules, switch=SwitchId("gw1"), enabled=False)
    return Directory(
        version=12,
        base_currency=Currency("EUR"),
        partners={kestrel.id: kestrel},
        switches={gateway.id: gateway},
        trunks={out.id: out},
        policies=Policies(
            {
                "p": Policy(
                    "p", (PartnerId("kestrel"),), 50, 3, 7, "asr > 1", "acd > 2", Unmet.REFUSE, "price", "1h", version=4
                )
            },
            (Attachment("p", PartnerId("orbita"), "gold", DestinationId(3), "night"),),
            {"night": TimeProfile("night", "Europe/Paris", (Window("on", frozenset({0}), 60, 90),), frozenset({DAY}))},
        ),
        fx=(FxRate(Currency("USD"), 5, 90_000_000, "ECB"),),
    )


def test_a_directory_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    write_directory(tmp_path / "d.json", directory())
    assert read_directory(tmp_path / "d.json") == directory()
    assert [path.name for path in tmp_path.iterdir()] == ["d.json"]


def test_a_file_of_before_policies_were_attached_is_read(tmp_path: Path) -> None:
    write_directory(tmp_path / "d.json", directory())
    old = orjson.loads((tmp_path / "d.json").read_bytes())
    old["policies"] = {"default": {"name": "default", "vendors": ["kestrel"], "min_margin_bp": 50, "max_routes": 3}}
    del old["statics"]
    (tmp_path / "d.json").write_bytes(orjson.dumps(old))
    read = read_directory(tmp_path / "d.json")
    assert read.policies == Policies({"default": Policy("default", (PartnerId("kestrel"),), 50, 3)})


def test_a_file_with_contents_of_another_kind_is_refused(tmp_path: Path) -> None:
    for contents in (b"", b"[]", b'{"version": 1}', b"\xff"):
        (tmp_path / "d.json").write_bytes(contents)
        with pytest.raises(BrokenWorldError, match="no directory file"):
            read_directory(tmp_path / "d.json")


def test_plan_rules_come_back_with_windows_and_holidays() -> None:
    rules = PlanRules(
        PlanId("a"),
        Currency("USD"),
        "Europe/Paris",
        Crossing.SPLIT,
        SecondsRounding.FLOOR,
        4,
        "up",
        (Window("peak", frozenset({0, 6}), 60, 90, True),),
        frozenset({date(2026, 12, 25), date(2027, 1, 1)}),
    )
    assert plan_rules_of(orjson.loads(to_json(rules))) == rules


def test_a_recipe_written_before_a_field_was_there_has_its_default() -> None:
    assert recipe_of({"name": "old", "sends_interims": True}) == Recipe("old", sends_interims=True)
    no_more = {"name": "old", "reports_end": True, "echoes_mark": False}
    assert recipe_of(no_more) == Recipe("old")
