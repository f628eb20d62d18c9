"""What operators are told of policies: what changed, for which calls they hold, and what a formula means."""

from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.policies import PoliciesService
from domain.errors import InputError, NotFoundError
from domain.ids import PartnerId
from domain.policies.policy import Attachment
from protos import operators_pb2 as base
from protos import policies_pb2 as pb
from store.catalog.codes import CodeSeed
from tests.cluster.tasks.places import BY

NOBODY: Any = None


async def said(desk: Desk, name: str, note: str = "", ready: str = "", **values: str) -> str:
    return (
        await PoliciesService(desk).Set(pb.PolicyChange(name=name, values=values, note=note, ready=ready), NOBODY)
    ).what


async def test_a_change_is_told_field_by_field_and_published(desk: Desk) -> None:
    assert await said(desk, "cheap", order="price", max_routes="3") == (
        "policy cheap v1 added: order price (was none), max_routes 3 (was none)"
    )
    assert await said(desk, "cheap", max_routes="") == "policy cheap v2: max_routes none (was 3)"
    assert await said(desk, "cheap", order="price") == "policy cheap v2 is so already"
    assert desk.world is not None
    assert desk.world.index.directory.policies.named["cheap"].version == 2
    service = PoliciesService(desk)
    assert (await service.Back(pb.PolicyBack(name="cheap"), NOBODY)).what == "policy cheap v3: max_routes 3 (was none)"
    found = await service.Versions(pb.PolicyVersionsQuery(name="cheap"), NOBODY)
    assert [(one.version, dict(one.values), one.note) for one in found.policies] == [
        (3, {"order": "price", "max_routes": "3"}, "back to version 1"),
        (2, {"order": "price"}, ""),
        (1, {"order": "price", "max_routes": "3"}, ""),
    ]


async def test_a_ready_policy_is_taken_with_fields_of_ones_own(desk: Desk) -> None:
    await said(desk, "gold", ready="target-asr", keep="asr >= 45", note="agreed")
    found = await PoliciesService(desk).Get(pb.PolicyRef(name="gold"), NOBODY)
    assert (found.values["keep"], found.values["order"], found.note) == ("asr >= 45", "real_cost, then price", "agreed")
    with pytest.raises(NotFoundError, match="Did you mean balanced"):
        await said(desk, "gold", ready="balance")
    with pytest.raises(InputError, match="nothing is said"):
        await said(desk, "gold")


async def test_a_wrong_formula_changes_nothing_and_is_told_with_its_column(desk: Desk) -> None:
    with pytest.raises(InputError, match=r"policy cheap, order: 'prise' in column 1 is no figure\. Did you mean price"):
        await said(desk, "cheap", order="prise")
    names = [one.name for one in (await PoliciesService(desk).List(base.PageRequest(), NOBODY)).policies]
    assert names == ["default"]


async def test_where_a_policy_holds_is_told_with_what_it_replaces_and_does_not_reach(desk: Desk) -> None:
    names = ("France", "France Fixed", "France Mobile")
    desk.catalog.codes.enter([CodeSeed(f"99{n}", name, "FR") for n, name in enumerate(names)], "test", **BY)
    for name in ("cheap", "good"):
        await said(desk, name, order="price")
    service = PoliciesService(desk)
    await service.SetProfile(
        base.FieldChanges(id="evening", values={"windows": "mon-sun 00:00-24:00", "zone": "Europe/Paris"}), NOBODY
    )
    place = pb.PolicyPlace(policy="cheap", client="orbita", product="gold", destination="france", profile="evening")
    what = (await service.Attach(place, NOBODY)).what
    assert what == (
        "policy cheap holds for client orbita, product gold, to france, at evening. "
        'No trunk sells product gold yet: trunks set NAME product=gold. '
        'Calls to "France" alone, not to France Fixed, France Mobile'
    )  # fmt: skip
    place.policy = "good"
    assert ", in the place of cheap" in (await service.Attach(place, NOBODY)).what
    [profile] = (await service.Profiles(base.Empty(), NOBODY)).profiles
    assert (profile.windows, profile.zone, profile.now) == (
        "mon,tue,wed,thu,fri,sat,sun 00:00-24:00", "Europe/Paris", True,
    )  # fmt: skip
    shown = {one.name: one for one in (await service.List(base.PageRequest(), NOBODY)).policies}
    assert [one.client for one in shown["good"].places] == ["orbita"]
    assert not shown["cheap"].places
    assert shown["default"].clients > 0
    assert (await service.Detach(place, NOBODY)).what.startswith("policy good holds no more for client orbita, product")


async def test_of_many_places_the_first_are_told_and_how_many_there_are(desk: Desk) -> None:
    service = PoliciesService(desk)
    for number in range(7):
        place = Attachment("default", PartnerId("orbita"), f"p{number}")
        desk.catalog.policies.attach(place, **BY)
    [shown] = (await service.List(base.PageRequest(), NOBODY)).policies
    assert (len(shown.places), shown.attached) == (5, 7)
    assert len((await service.Get(pb.PolicyRef(name="default"), NOBODY)).places) == 7


async def test_a_profile_takes_windows_that_cross_midnight_and_says_what_it_does_not_take(desk: Desk) -> None:
    service = PoliciesService(desk)
    await service.SetProfile(base.FieldChanges(id="night", values={"windows": "fri 22:00-06:00"}), NOBODY)
    await service.SetProfile(base.FieldChanges(id="night", values={"holidays": "2026-12-25"}), NOBODY)
    [night] = (await service.Profiles(base.Empty(), NOBODY)).profiles
    assert (night.windows, night.holidays) == ("fri 22:00-24:00; sat 00:00-06:00", "2026-12-25")
    for values, text in (
        ({"window": "x"}, "Did you mean windows"),
        ({"windows": "never"}, "profile night, windows: 'never' is no window"),
        ({"zone": "X"}, "X"),
    ):
        with pytest.raises(InputError, match=text):
            await service.SetProfile(base.FieldChanges(id="night", values=values), NOBODY)


async def test_a_formula_is_told_by_terms_figures_and_directions(desk: Desk) -> None:
    service = PoliciesService(desk)
    order = await service.Check(pb.FormulaQuery(text="price, then most asr(24h)*acd", field="order"), NOBODY)
    assert [(one.text, one.column, one.direction) for one in order.terms] == [
        ("price", 1, "least"),
        ("asr(24h)*acd", 13, "most"),
    ]
    assert [one.worth for one in order.terms] == [0.0246, 6300.0]
    assert [(one.name, one.example) for one in order.figures] == [
        ("price", "0.0246"),
        ("asr(24h)", "42"),
        ("acd", "150"),
    ]
    only = await service.Check(pb.FormulaQuery(text='vendor = "kestrel" and cli_guaranteed', field="only"), NOBODY)
    assert (only.kind, only.holds, [one.kind for one in only.figures]) == ("condition", True, ["text", "truth"])
    wrong = await service.Check(pb.FormulaQuery(text="asr(2h)", field="keep"), NOBODY)
    assert (wrong.column, wrong.kind) == (5, "")
    assert "no window" in wrong.error and "asr(100 calls)" in wrong.mend
    with pytest.raises(InputError, match="takes no formula"):
        await service.Check(pb.FormulaQuery(text="asr", field="window"), NOBODY)


@pytest.mark.parametrize("by", ["", "by "])
async def test_the_formula_of_a_split_is_tried_as_it_is_written_there(desk: Desk, by: str) -> None:
    service = PoliciesService(desk)
    worth = await service.Check(pb.FormulaQuery(text=f"{by}asr / price", field="split"), NOBODY)
    assert [(one.text, one.column) for one in worth.terms] == [("asr / price", 1 + len(by))]
    assert [one.name for one in worth.figures] == ["asr", "price"]
    wrong = await service.Check(pb.FormulaQuery(text=f"{by}asr, acd", field="split"), NOBODY)
    assert (wrong.error, wrong.mend) == (f"the term in column {6 + len(by)} is one too many", "Give one.")


async def test_figures_functions_and_ready_policies_are_listed(desk: Desk) -> None:
    service = PoliciesService(desk)
    figures = await service.Figures(base.Empty(), NOBODY)
    known = {one.name: one for one in figures.figures}
    assert (known["asr"].better, known["price"].better, known["hour"].better) == ("most", "least", "")
    assert (known["asr"].windowed, known["price"].windowed) == (True, False)
    assert "clamp" in figures.functions and "24h" in figures.windows
    assert "balanced" in [one.name for one in (await service.Library(base.Empty(), NOBODY)).policies]


async def test_a_policy_is_removed_where_it_holds_for_nobody(desk: Desk) -> None:
    await said(desk, "cheap", order="price")
    service = PoliciesService(desk)
    assert (await service.Remove(base.Named(name="cheap"), NOBODY)).what == "policy cheap removed; its versions stay"
    assert desk.world is not None
    assert list(desk.world.index.directory.policies.named) == ["default"]
    assert await said(desk, "cheap", order="price") == "policy cheap v2 added: order price (was none)"
