"""`switchboard codes`."""

import json
from pathlib import Path
from typing import Any

from protos.codes_pb2 import (
    BookCode,
    BookDestination,
    BookDifference,
    BookDifferences,
    BookPage,
    BookPiece,
    BookReport,
    Branch,
    BranchRate,
    CodeDraft,
    CodeDrafts,
    DraftSum,
    DraftSums,
    PartnerNames,
    Tree,
)
from protos.operators_pb2 import Changed, RejectedRow, SeedProgress
from tests.cli.far_desk import FarDesk

UK = BookCode(code="4479", destination="United Kingdom - Mobile", destination_id=7, country="GB")


def test_find_lists_the_codes_of_a_number(desk: FarDesk) -> None:
    desk.says(
        "ReferenceBook.Find",
        BookPage(codes=[UK, BookCode(code="44", destination="United Kingdom", country="GB")], total=2),
    )
    result = desk.run("codes", "find", "447911123456")
    assert desk.asked("ReferenceBook.Find").filter == "447911123456"
    assert result.stdout.splitlines()[1].split("  ")[0] == "4479"
    assert result.exit_code == 0


def test_find_says_when_no_code_begins_the_number(desk: FarDesk) -> None:
    desk.says("ReferenceBook.Find", BookPage())
    assert desk.run("codes", "find", "0").stdout == "no code begins 0\n"


def test_list_is_paged_and_filtered(desk: FarDesk) -> None:
    desk.says("ReferenceBook.List", BookPage(codes=[UK], total=9000))
    result = desk.run("codes", "list", "united", "--limit", "1", "--offset", "3")
    request = desk.asked("ReferenceBook.List")
    assert (request.filter, request.limit, request.offset) == ("united", 1, 3)
    assert "4 to 4 of 9,000; more with --offset 4" in result.stderr


def test_list_as_json_is_the_page(desk: FarDesk) -> None:
    desk.says("ReferenceBook.List", BookPage(codes=[UK], total=1))
    shown = json.loads(desk.run("codes", "list", "--json").stdout)
    assert (shown["total"], shown["codes"][0]["code"], shown["codes"][0]["valid_until"]) == (1, "4479", None)


def test_a_page_has_at_most_200_rows(desk: FarDesk) -> None:
    result = desk.run("codes", "list", "--limit", "201")
    assert result.exit_code == 2
    assert "--limit" in result.stderr


def test_seed_ends_with_what_was_done(desk: FarDesk) -> None:
    desk.says("Codes.Seed", SeedProgress(done=1, total=2, what="GB"), SeedProgress(done=2, total=2, what="8,412 codes"))
    result = desk.run("codes", "seed")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "8,412 codes\n", "")


def test_find_needs_a_number(desk: FarDesk) -> None:
    assert desk.run("codes", "find").exit_code == 2


def test_a_list_is_of_a_moment_and_a_version(desk: FarDesk) -> None:
    desk.says("ReferenceBook.List", BookPage())
    desk.run("codes", "list", "--at", "2026-11-01", "--known-at", "3")
    request = desk.asked("ReferenceBook.List")
    assert (request.at_ms, request.version) == (1_793_491_200_000, 3)


def test_a_draft_is_marked_where_it_is_found(desk: FarDesk) -> None:
    draft = BookCode(code="44791", destination="United Kingdom - Mobile", country="GB", draft=True)
    desk.says("ReferenceBook.Find", BookPage(codes=[draft, UK], total=2))
    assert desk.run("codes", "find", "447911").stdout.splitlines()[1].endswith("draft")


def test_a_destination_shows_its_other_names(desk: FarDesk) -> None:
    kenya = BookDestination(name="Kenya Fixed", ranges="254, 2541-2543", codes=4)
    kenya.former_names.append("Kenya")
    kenya.partner_names.append("kestrel: Kenya-Proper")
    desk.says("ReferenceBook.Show", kenya)
    shown = desk.run("codes", "show", "Kenya").stdout
    assert "4: 254, 2541-2543" in shown
    assert "was named    Kenya" in shown
    assert "kestrel: Kenya-Proper" in shown


def test_a_code_is_moved_from_a_day_on(desk: FarDesk) -> None:
    desk.says("ReferenceBook.Move", Changed(what="1 codes moved: version 4 of the book"))
    result = desk.run("codes", "move", "254700", "Kenya Mobile", "--at", "2026-11-01")
    order = desk.asked("ReferenceBook.Move")
    assert (list(order.codes), order.destination, order.at_ms) == (["254700"], "Kenya Mobile", 1_793_491_200_000)
    assert result.stdout == "1 codes moved: version 4 of the book\n"


def test_differences_say_what_moved_and_how_many_codes(desk: FarDesk) -> None:
    moved = BookDifference(code="447", kind="moved", before="A", after="B", from_ms=1_793_491_200_000)
    desk.says("ReferenceBook.Diff", BookDifferences(differences=[moved], total=1, moved=1))
    lines = desk.run("codes", "diff", "1", "2").stdout.splitlines()
    assert lines[1].split() == ["447", "moved", "A", "B", "2026-11-01", "00:00:00"]
    assert lines[2] == "codes: 0 added, 1 moved, 0 ended"


def test_the_book_is_written_to_a_file(desk: FarDesk, tmp_path: Path) -> None:
    desk.says("ReferenceBook.Export", BookPiece(data=b"destination,codes\n"), BookPiece(data=b"Kenya,254\n"))
    file = tmp_path / "codes.csv"
    assert desk.run("codes", "export", str(file)).stdout == f"{file}: 1 lines\n"
    assert file.read_text() == "destination,codes\nKenya,254\n"


def test_an_import_with_wrong_rows_lists_them_and_fails(desk: FarDesk, tmp_path: Path) -> None:
    (tmp_path / "codes.csv").write_text("destination,codes\nKenya,25x\n")
    wrong = RejectedRow(row=2, reason="'25x' is no code", raw="Kenya | 25x")
    desk.says("ReferenceBook.Import", BookReport(rows=1, rejected=1, rejects=[wrong], dry_run=True, version=3))
    result = desk.run("codes", "import", str(tmp_path / "codes.csv"), "--dry-run")
    assert result.exit_code == 1
    assert "'25x' is no code" in result.stdout
    assert "it would be version 3" in result.stdout


def test_partners_names_are_listed_and_mapped(desk: FarDesk) -> None:
    desk.says("ReferenceBook.Names", PartnerNames(partner="kestrel", names={"Kenya-Proper": "Kenya"}))
    assert "Kenya-Proper  Kenya" in desk.run("codes", "names", "kestrel").stdout
    desk.says("ReferenceBook.SetName", Changed(what="done"))
    assert desk.run("codes", "unmap", "kestrel", "Kenya-Proper").exit_code == 0
    assert desk.asked("ReferenceBook.SetName").destination == ""


def test_drafts_are_listed_with_what_they_are_under(desk: FarDesk) -> None:
    draft = CodeDraft(code="25471", name="Kenya X", parent="254", destination="Kenya", sheet=7, state="draft")
    desk.says("ReferenceBook.Drafts", CodeDrafts(drafts=[draft], total=1))
    assert "25471  Kenya X     254    Kenya" in desk.run("codes", "drafts").stdout
    assert desk.run("codes", "drafts", "--state", "old").exit_code == 2


def test_drafts_are_summed_by_sheet_and_destination(desk: FarDesk) -> None:
    its: dict[str, Any] = {"sheet": 7, "partner": "k", "plan": "buy-k", "first": "25471", "last": "25479"}
    sums = [DraftSum(**its, under="Kenya", drafts=99_312), DraftSum(**its, drafts=2)]
    desk.says("ReferenceBook.SumDrafts", DraftSums(sums=sums, total=2, drafts=99_314))
    lines = desk.run("codes", "drafts", "--sums", "--under", "None").stdout.splitlines()
    assert [line.split() for line in lines[1:3]] == [
        ["7", "k", "buy-k", "Kenya", "99,312", "25471", "25479"],
        ["7", "k", "buy-k", "none", "2", "25471", "25479"],
    ]
    assert lines[-1].startswith("99,314 drafts")
    asked = desk.asked("ReferenceBook.SumDrafts")
    assert asked.HasField("under") and asked.under == ""


def test_drafts_of_a_sheet_are_confirmed_by_what_they_are_under(desk: FarDesk) -> None:
    desk.says("ReferenceBook.Confirm", Changed(what="2 codes added"))
    assert desk.run("codes", "confirm", "--sheet", "7", "--under", "Kenya").stdout == "2 codes added\n"
    order = desk.asked("ReferenceBook.Confirm")
    assert (order.sheet, order.under, list(order.codes)) == (7, "Kenya", [])
    assert "give --sheet too" in desk.run("codes", "refuse", "25471", "--under", "Kenya").stderr


def test_a_tree_shows_rates_and_traffic(desk: FarDesk) -> None:
    rate = BranchRate(plan="sell-a", side="sell", code="44", price_units=3_000_000, currency="USD")
    tree = Tree(branches=[Branch(code=UK, depth=1, rates=[rate], attempts=5, seconds=90)], total=1)
    desk.says("ReferenceBook.Branches", tree)
    line = desk.run("codes", "tree", "447").stdout.splitlines()[1]
    assert line.startswith("  4479")
    assert "sell-a 0.03 (44)" in line
    assert line.endswith("1.5")
