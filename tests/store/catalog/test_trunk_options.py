"""Options of trunks: what does not go together is refused when it is entered."""

import re
from dataclasses import replace
from typing import Any

import pytest

from domain.causes import Cause
from domain.directory import AnswerRule, Direction, NumberRules, Portability, TrunkOptions
from domain.errors import ConflictError, InputError
from domain.ids import SwitchId, TrunkId
from domain.recipes import recipe_named
from store.catalog import Catalog
from tests.store.catalog.builders import BY, partner, switch, trunk

GW = SwitchId("gw1")
KNOWN: dict[str, Any] = {"auth_user": "orbita", "auth_password": "pw"}


@pytest.fixture(autouse=True)
def peopled(catalog: Catalog) -> None:
    catalog.partners.add(partner(), **BY)
    catalog.switches.add(switch("gw1", ""), **BY)


def add(catalog: Catalog, id_: str = "orbita-in", direction: Direction = Direction.IN, **fields: Any) -> None:
    catalog.trunks.add(trunk(id_, direction=direction, **{"switch": GW} | fields), **BY)


def test_switches_without_an_address_are_known_by_the_credentials_of_their_trunks(catalog: Catalog) -> None:
    catalog.switches.add(switch("gw2", ""), **BY)
    add(catalog, options=TrunkOptions(**KNOWN))
    add(catalog, "second", options=TrunkOptions(auth_user="other", auth_password="pw"))
    with pytest.raises(InputError, match="known by credentials alone"):
        add(catalog, "third")
    assert "pw" not in str(list(catalog.audit.list()))


def test_a_switch_keeps_its_address_while_a_trunk_needs_it(catalog: Catalog) -> None:
    catalog.switches.change(switch("gw1", "192.0.2.1"), **BY)
    add(catalog)
    with pytest.raises(InputError, match="trunk orbita-in has none"):
        catalog.switches.change(switch("gw1", ""), **BY)


def test_credentials_are_one_trunks_and_complete(catalog: Catalog) -> None:
    add(catalog, options=TrunkOptions(**KNOWN))
    with pytest.raises(ConflictError, match="trunk orbita-in has auth_user 'orbita'"):
        add(catalog, "second", host="192.0.2.9", options=TrunkOptions(**KNOWN))
    with pytest.raises(InputError, match="need a switch"):
        add(catalog, "third", switch=None, options=TrunkOptions(auth_user="x", auth_password="pw"))
    with pytest.raises(InputError, match="needs auth_password"):
        add(catalog, "fourth", options=TrunkOptions(auth_user="x"))


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (AnswerRule(Cause.NO_ROUTE, 302), "302 refuses no call"),
        (AnswerRule(Cause.NO_ROUTE, 480, q850=200), "200 is no Q.850 cause"),
        (AnswerRule(Cause.NO_ROUTE, 480, "a\r\nX: y"), "line ends"),
    ],
)
def test_answers_are_refusals_of_one_line(catalog: Catalog, rule: AnswerRule, said: str) -> None:
    with pytest.raises(InputError, match=said):
        add(catalog, options=TrunkOptions(**KNOWN, answers=(rule,)))


def test_one_cause_has_one_answer(catalog: Catalog) -> None:
    rules = (AnswerRule(Cause.NO_ROUTE, 480), AnswerRule(Cause.NO_ROUTE, 503))
    with pytest.raises(InputError, match="no-route is given twice"):
        add(catalog, options=TrunkOptions(**KNOWN, answers=rules))


def test_portability_fits_the_direction(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="portability hand-on"):
        add(catalog, options=TrunkOptions(**KNOWN, portability=Portability.HAND_ON))
    with pytest.raises(InputError, match="portability route"):
        add(catalog, "out", Direction.OUT, host="192.0.2.7", options=TrunkOptions(portability=Portability.ROUTE))


def test_a_context_needs_a_name_that_becomes_the_trunk_group(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="needs a trunk group"):
        add(catalog, "out", Direction.OUT, host="192.0.2.7", options=TrunkOptions(context="us.example"))
    add(catalog, "out", Direction.OUT, host="192.0.2.7", name="tg1", options=TrunkOptions(context="us.example"))


def test_a_switch_that_delivers_files_of_its_own_form_needs_no_address(catalog: Catalog) -> None:
    files = replace(switch("exchange", ""), recipe=recipe_named("ddb"))
    catalog.switches.add(files, **BY)
    add(catalog, "lines-in", switch=files.id)
    with pytest.raises(InputError, match="known by credentials alone"):
        catalog.switches.change(replace(files, recipe=recipe_named("cisco")), **BY)


def test_a_form_of_files_must_be_known(catalog: Catalog) -> None:
    unknown = replace(recipe_named("plain"), file_layout="ddd")
    with pytest.raises(InputError, match="no file layout is named ddd"):
        catalog.switches.add(replace(switch("exchange", ""), recipe=unknown), **BY)


@pytest.mark.parametrize(
    ("zone", "prefix", "said"),
    [
        ("e164..example", "", "'' is no label of a name"),
        ("e164 example", "", "'e164 example' is no label of a name. Give the zone's name"),
        ("z" * 64, "", "a label has 1 to 63 octets"),
        (".".join(["z" * 63] * 3 + ["z" * 32]), "", "enum_zone has 224 characters. Give one that leaves room for 15"),
        (".".join(["z" * 63] * 3 + ["z" * 31]), "7", "tech prefix of 1 digits is too long. Give 0 digits at most"),
        ("e164.vendor.example", "7" * 18, "tech prefix of 18 digits is too long. Give 17 digits at most"),
        ("e164.vendor.example", "77#", "the tech prefix cannot be '77#'. Give a prefix of digits"),
    ],
)
def test_every_number_has_a_name_in_a_vendors_enum_zone(catalog: Catalog, zone: str, prefix: str, said: str) -> None:
    out: dict[str, Any] = {"switch": None, "host": "192.0.2.7", "rules": NumberRules(tech_prefix=prefix)}
    with pytest.raises(InputError, match=re.escape(said)):
        add(catalog, "out", Direction.OUT, options=TrunkOptions(enum_zone=zone), **out)


def test_an_enum_zone_is_an_outgoing_trunks_and_comes_back_as_it_was_given(catalog: Catalog) -> None:
    with pytest.raises(InputError, match="enum_zone is for outgoing trunks"):
        add(catalog, options=TrunkOptions(**KNOWN, enum_zone="e164.vendor.example"))
    options = TrunkOptions(enum_zone="e164.Vendor.example.")
    add(catalog, "out", Direction.OUT, switch=None, host="192.0.2.7", options=options)
    assert catalog.trunks.get(TrunkId("out")).options == options
