"""Switches and trunks are added, changed and shown by the names of their fields."""

from typing import Any

import pytest

from actors.desk.board import Board
from actors.desk.core import Desk
from actors.desk.switches import SwitchesService, TrunksService
from domain.errors import InputError
from domain.ids import SwitchId
from protos import operators_pb2 as pb

NOBODY: Any = None


@pytest.fixture
def switches(desk: Desk) -> SwitchesService:
    return SwitchesService(desk, Board(desk))


@pytest.fixture
def trunks(desk: Desk) -> TrunksService:
    return TrunksService(desk)


async def test_a_switch_of_a_known_kind_that_does_some_things_otherwise(switches: SwitchesService) -> None:
    own = {"cause_base": "10", "zone": "Europe/Kyiv"}
    entry = pb.SwitchEntry(id="gw9", address="10.9.9.9", recipe="cisco", secret="hush", settings=own)
    assert "cause_base 10 (was 16)" in (await switches.Add(entry, NOBODY)).what
    shown = await switches.Show(pb.Named(name="gw9"), NOBODY)
    assert dict(shown.settings) == own
    assert (shown.fields["zone"], shown.fields["address"], shown.secret) == ("Europe/Kyiv", "10.9.9.9", "")
    assert "hush" not in shown.fields.values()


async def test_a_change_says_what_changed_and_no_secret_leaves_by_answer_or_audit(
    switches: SwitchesService, desk: Desk
) -> None:
    values = {"address": "10.0.0.77", "secret": "new-hush", "cause_base": "10"}
    said = (await switches.Set(pb.FieldChanges(id="gw", values=values), NOBODY)).what
    assert said == "switch gw: address 10.0.0.77 (was 10.0.0.1), cause_base 10 (was 16), secret given anew"
    assert desk.catalog.switches.get(SwitchId("gw")).secret == "new-hush"
    assert "hush" not in repr(desk.catalog.audit.list())
    again = await switches.Set(pb.FieldChanges(id="gw", values={"cause_base": "10"}), NOBODY)
    assert again.what == "switch gw is so already"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"cause_base": "12"}, "cause_base is 12. Give 10 or 16"),
        ({"table": "mine"}, "no table template is named mine"),
        ({"zone": "Kyiv"}, "unknown time zone 'Kyiv'"),
        ({"contact_template": "sip:{usr}@{host}"}, "{usr} in column 5 is no field of a route"),
        ({"adress": "10.0.0.1"}, "Did you mean address"),
        ({}, "nothing to change is given"),
    ],
)
async def test_a_wrong_change_of_a_switch_changes_nothing(
    switches: SwitchesService, desk: Desk, values: dict[str, str], reason: str
) -> None:
    before = desk.catalog.switches.list()
    with pytest.raises(InputError) as refused:
        await switches.Set(pb.FieldChanges(id="gw", values=values), NOBODY)
    assert reason in str(refused.value)
    assert desk.catalog.switches.list() == before


async def test_a_trunk_takes_rules_options_and_answers_and_can_be_closed(trunks: TrunksService) -> None:
    values = {"enabled": "false", "rules.strip": "2", "stir": "require-a", "answers.no-route": "503/34 No route"}
    said = (await trunks.Set(pb.FieldChanges(id="orbita-in", values=values), NOBODY)).what
    assert said.startswith("trunk orbita-in of orbita: enabled false (was true)")
    assert "answers.no-route 503/34 No route (was none)" in said
    shown = await trunks.Show(pb.Named(name="orbita-in"), NOBODY)
    assert shown.disabled
    assert dict(shown.options) == {"stir": "require-a", "answers.no-route": "503/34 No route"}
    assert shown.fields["rules.strip"] == "2"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"transport": "carrier-pigeon"}, "there is no transport"),
        ({"service_code": "12"}, "is no service_code"),
        ({"enum_zone": "E164.arpa."}, "enum_zone e164.arpa is our own. Give that of the vendor"),
        ({"enum_zone": "4.4.e164.arpa"}, "is our own"),
        ({"enum_zone": "e164,vendor"}, "is no label of a name"),
    ],
)
async def test_an_option_that_means_nothing_is_refused(
    trunks: TrunksService, values: dict[str, str], reason: str
) -> None:
    with pytest.raises(InputError, match=reason):
        await trunks.Set(pb.FieldChanges(id="kestrel-out", values=values), NOBODY)


async def test_a_trunk_is_given_its_vendors_enum_zone_and_told_with_it(trunks: TrunksService) -> None:
    entry = pb.Trunk(id="k8", partner="kestrel", direction="out", host="10.8.8.7", options={"enum_zone": "own.example"})
    assert (await trunks.Add(entry, NOBODY)).what.endswith("added (out), enum_zone own.example (was none)")
    entry.id, entry.host, entry.options["enum_zone"] = "k7", "10.8.8.6", "e164.arpa"
    with pytest.raises(InputError, match="is our own"):
        await trunks.Add(entry, NOBODY)
    assert (await trunks.Show(pb.Named(name="k8"), NOBODY)).fields["enum_zone"] == "own.example"
    said = await trunks.Set(pb.FieldChanges(id="k8", values={"enum_zone": ""}), NOBODY)
    assert said.what == "trunk k8 of kestrel: enum_zone none (was own.example)"


async def test_a_trunk_is_added_with_its_options(trunks: TrunksService) -> None:
    entry = pb.Trunk(id="k9", partner="kestrel", direction="out", host="10.8.8.8", options={"transport": "tls"})
    assert (await trunks.Add(entry, NOBODY)).what == "trunk k9 of kestrel added (out), transport tls (was none)"


async def test_a_client_whose_own_machine_is_no_switch_is_told_of_it(
    trunks: TrunksService, switches: SwitchesService
) -> None:
    async def added(name: str, **fields: Any) -> str:
        entry = pb.Trunk(**({"id": name, "partner": "orbita", "direction": "in"} | fields))
        return (await trunks.Add(entry, NOBODY)).what

    unheard = "; no switch is at 10.9.9.1: what asks from there itself is refused until `switchboard switches add`"
    assert await added("far", host="10.9.9.1") == f"trunk far of orbita added (in){unheard}"
    assert "no switch" not in await added("behind", host="10.9.9.2", switch_id="gw")
    assert "no switch" not in await added("out", host="10.9.9.4", direction="out")
    await switches.Add(pb.SwitchEntry(id="own", address="10.9.9.5", recipe="sip302"), NOBODY)
    assert "no switch" not in await added("near", host="10.9.9.5")
