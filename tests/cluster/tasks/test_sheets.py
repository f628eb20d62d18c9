"""A rate sheet as a task: from its bytes to findings, by the catalog as it is."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from actors import sheet_work
from actors.home import Home
from actors.sheet_work import Digest, DigestOrder, RowsQuery, Underway
from cluster.tasks.sheet_pages import sheet_rows
from cluster.tasks.sheet_traffic import CallsQuery, plan_calls
from cluster.tasks.sheets import digest, sheet_files
from domain.commands import RecordLeg
from domain.errors import NotFoundError
from domain.ids import PlanId
from domain.sheet_frames import columns
from domain.sheets.steps import SheetState, Step, StepDone
from store.catalog import Catalog
from store.catalog.intents import unpack
from store.sheets.change_file import unpacked
from store.sheets.folder import CHANGE
from tests.cluster.tasks.places import BY, DAY_MS, NOW, Place, a_catalog, a_place, enter_all
from tests.domain.builders import ms, rules
from tests.domain.call_builders import USD, start, stop
from tests.store.catalog.comparing import put_in, says

SHEET = """Code,Destination,Rate,Effective date,Billing
447,UK Mobile,0.03,2026-11-20,1/1
254,Kenya,0.07,2026-11-20,60/60
255,Tanzania,0.2,2026-11-20,1/1
25x,Nowhere,0.1,2026-11-20,1/1
"""
DAY = ms(2026, 11, 20)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_place(tmp_path) as place:
        a_catalog(place.home.catalog_url()).close()
        yield place.home


def an_order(text: str = SHEET, **given: object) -> DigestOrder:
    order = DigestOrder(1, PlanId("buy-kestrel"), "kestrel.csv", text.encode(), received_ms=NOW, now_ms=NOW)
    return replace(order, **given)  # type: ignore[arg-type]


def digested(home: Home, order: DigestOrder) -> tuple[Digest, list[StepDone]]:
    *told, made = digest(home, order)
    assert isinstance(made, Digest)
    return made, [one for one in told if isinstance(one, StepDone)]


def frame(made: Digest, part: str) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(made.parts[part]))


def test_a_sheet_goes_from_its_bytes_to_findings_step_by_step(home: Home) -> None:
    made, steps = digested(home, an_order())
    assert (made.state, made.words) == (SheetState.CHECKED, "")
    assert [one.step for one in steps] == list(Step)[1:8]
    assert all(one.ended_ms >= one.began_ms > 0 for one in steps)
    assert (made.rows, made.lines, made.rejects) == (4, 3, 1)
    assert made.kinds == {"increase": 1, "new": 1, "unchanged": 1}
    changes = frame(made, sheet_work.CHANGES).sort("code")
    assert changes.select("code", "kind", "from_ms", "next_price").rows() == [
        ("254", "unchanged", DAY, 7_000_000),
        ("255", "new", DAY, 20_000_000),
        ("447", "increase", DAY, 3_000_000),
    ]
    assert "R09" in {one.check for one in made.checks}
    for part, its in ((sheet_work.LINES, columns.LINES), (sheet_work.FINDINGS, columns.FINDINGS)):
        assert set(its) <= set(frame(made, part).columns)


def test_the_same_sheet_in_another_form_has_the_same_content(home: Home) -> None:
    first, _ = digested(home, an_order())
    semicolons, _ = digested(home, an_order(SHEET.replace(",", ";")))
    dearer, _ = digested(home, an_order(SHEET.replace("0.03", "0.04")))
    assert first.content == semicolons.content != dearer.content


def test_a_file_that_is_no_sheet_is_refused_with_its_reason(home: Home) -> None:
    for data, check in ((b"", "R01"), (b"%PDF-1.4 \x00\x01", "R01"), (b"nothing\nof\nthis kind\n", "R04")):
        made, _ = digested(home, an_order(data=data))
        assert (made.state, made.words[:4], made.blocking) == (SheetState.REFUSED, check + ":", 1)
        assert frame(made, sheet_work.FINDINGS)["check"].to_list() == [check]


def test_what_a_sheet_leaves_open_is_asked_and_read_when_it_is_answered(home: Home) -> None:
    text = "Code,Rate,Effective date\n447,0.03,05/11/2026\n254,0.07,06/11/2026\n"
    made, steps = digested(home, an_order(text))
    assert made.state is SheetState.ASKING
    assert [one.step for one in steps] == [Step.DETECT, Step.MAP]
    (asked,) = made.questions
    first = next(one for one in asked.choices if "5 November" in one or "day" in one.casefold())
    made, _ = digested(home, an_order(text, answers={asked.key: first}))
    assert made.state is SheetState.CHECKED
    assert frame(made, sheet_work.LINES)["from_ms"].to_list() == [ms(2026, 11, 5), ms(2026, 11, 6)]


def test_a_template_that_was_saved_is_found_by_itself_or_by_its_name(home: Home) -> None:
    made, _ = digested(home, an_order())
    assert made.template is not None and not made.known
    catalog = Catalog.open(home.catalog_url())
    catalog.templates.save("kestrel", replace(made.template, name="k"), **BY)
    again, _ = digested(home, an_order(SHEET.replace("0.03", "0.05")))
    assert again.known and again.template is not None and (again.template.name, again.template.version) == ("k", 1)
    with pytest.raises(NotFoundError, match="there is no template 'other'"):
        digested(home, an_order(template="other"))
    catalog.close()


def test_who_listens_no_more_ends_the_work(home: Home) -> None:
    steps = digest(home, an_order())
    assert isinstance(next(steps), Underway)
    steps.close()  # type: ignore[attr-defined]  # a generator


def test_pages_are_filtered_and_what_a_sheet_asks_for_is_told_by_columns(home: Home, tmp_path: Path) -> None:
    made, _ = digested(home, an_order())
    files = {name: tmp_path / f"{name}.parquet" for name in made.parts}
    for name, file in files.items():
        file.write_bytes(made.parts[name])
    page = sheet_rows(home, RowsQuery(files[sheet_work.CHANGES], code="25", limit=1))
    assert (page.total, len(page.rows)) == (2, 1)
    assert [row["code"] for row in page.named()] == ["254"]
    assert sheet_rows(home, RowsQuery(files[sheet_work.FINDINGS], check="R09")).total == 1
    with pytest.raises(NotFoundError):
        sheet_rows(home, RowsQuery(tmp_path / "none.parquet"))
    change = unpacked(made.parts[CHANGE])
    assert len(change.ended) == 1, "what 447 cost until then is known anew, with an end"
    assert [line[0] for line in change.added].count("447") == 2
    asked = unpack(change.asked)
    assert sorted(line[0] for line in asked.lines) == ["254", "255", "447"]
    assert asked.stays == frozenset()  # what is no code names none
    assert (asked.rest_from_ms, asked.received_ms) == (None, NOW)


def test_a_sheet_is_judged_by_a_catalog_in_either_database(stored: Place) -> None:
    catalog = Catalog.open(stored.home.catalog_url())
    enter_all(catalog)
    catalog.close()
    made, _ = digested(stored.home, an_order())
    assert (made.state, made.kinds) == (SheetState.CHECKED, {"increase": 1, "new": 1, "unchanged": 1})


def test_calls_of_a_plan_are_those_it_rated_of_its_currency_and_answered(stored: Place) -> None:
    home = stored.home
    at = NOW - DAY_MS
    stored.shard.turn(
        [stop("a", setup_ms=at, connect_ms=at), stop("b", setup_ms=at - 9 * DAY_MS, connect_ms=at - 9 * DAY_MS)]
    )
    stored.seal()
    stored.shard.turn([stop("c", setup_ms=at, connect_ms=at), start("d", setup_ms=at, connect_ms=None)])
    asked = CallsQuery(PlanId("sell"), "sell", ("orbita",), USD)
    found = plan_calls(home, asked, NOW - 90 * DAY_MS, NOW - 7 * DAY_MS, NOW)
    assert found.schema == pl.Schema(columns.CALLS)
    assert sorted(found["at_ms"].to_list()) == [at - 9 * DAY_MS, at, at]
    assert set(found["client"]) == {"orbita"} and set(found["vendor"]) == {""}
    anew = replace(asked, plan=PlanId("new"), others_ms=NOW - 2 * DAY_MS)
    assert plan_calls(home, anew, 0, 0, NOW)["at_ms"].to_list() == [at, at], "older ones were another plan's"
    whole = replace(asked, plan=PlanId("p"), others_ms=NOW)
    assert plan_calls(home, whole, 0, 0, NOW).height == 3, "its own, however old"
    none = CallsQuery(PlanId("none"), "sell", (), USD)
    assert plan_calls(home, none, 0, 0, NOW).height == 0


def test_of_older_calls_the_last_to_each_number_counts_wherever_it_is_kept(stored: Place) -> None:
    def called(name: str, days: int) -> RecordLeg:
        return stop(name, setup_ms=NOW - days * DAY_MS, connect_ms=NOW - days * DAY_MS)

    stored.shard.turn([called("new", 20), called("imported late", 80)])
    stored.seal()
    stored.shard.turn([called("not sealed yet", 15), called("imported later", 70)])
    asked = CallsQuery(PlanId("sell"), "sell", ("orbita",), USD)
    found = plan_calls(stored.home, asked, NOW - 90 * DAY_MS, NOW - 7 * DAY_MS, NOW)
    assert found["at_ms"].to_list() == [NOW - 15 * DAY_MS], "within the days of a check, though called long before too"


def test_a_plain_file_is_its_own_only_rate_file(home: Home) -> None:
    assert sheet_files(home, "k.csv", b"Code,Rate\n") == [("k.csv", b"Code,Rate\n")]


def test_a_sheet_of_ours_is_held_against_what_vendors_trunks_cost_in_its_currency(home: Home) -> None:
    """44 costs 0.03 USD a connected minute, which are 0.0267032969… EUR at 1.12345678, never taken for less."""
    text = "Code,Rate,Effective date\n44,{},2026-11-20\n"
    for price, found in (("0.0266", 1), ("0.02670329", 1), ("0.0267033", 0), ("0.0268", 0)):
        made, _ = digested(home, an_order(text.format(price), plan=PlanId("sell-eu")))
        losses = frame(made, sheet_work.FINDINGS).filter(pl.col("check") == "R36")
        assert losses.height == found, losses["words"].to_list()


def test_a_sheet_after_one_that_was_taken_back_is_no_first_sheet(home: Home) -> None:
    """It would be judged by nothing: what was charged in between was charged by rates."""
    text = "Code,Rate,Effective date\n44,0.09,2026-10-05\n"
    catalog = Catalog.open(home.catalog_url())
    plan = PlanId("sell-none")
    catalog.plans.add(rules(plan=plan), "sell", **BY)
    first, _ = digested(home, an_order(text, plan=plan))
    assert [(one.check, one.severity) for one in first.checks if one.check == "R34"] == [("R34", "W")]
    catalog.plan_changes.undo(put_in(catalog, plan, says("44", 3_000_000)), **BY)
    assert catalog.plan_changes.rates_frame_columns(plan).columns["code"] == []
    again, _ = digested(home, an_order(text, plan=plan))
    assert {("R29", "B"), ("R34", "B")} <= {(one.check, one.severity) for one in again.checks}
    catalog.close()
