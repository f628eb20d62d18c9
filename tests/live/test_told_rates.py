"""Clients told their rates by a running switchboard: from a change to a file in the mail, and back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.live.market import Price, enter_plan, write_sheet
from tests.live.running import Running, running
from tests.live.waiting import until
from tests.post_office import PostOffice, post_office

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

ANN, BOB, PAY, VENDOR = "ann@quill.example", "bob@quill.example", "pay@brook.example", "rates@reed.example"


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture(scope="module")
def board(office: PostOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {office.port}\nsecurity = "none"\n'
    with running(tmp_path_factory.mktemp("notices"), mail) as board:
        yield board


def sent(board: Running, plan: str, path: Path, *words: str) -> dict[str, Any]:
    (found,) = board.told("sheets", "send", str(path), "--plan", plan, *words)
    return dict(found)


def raised(board: Running, plan: str, code: str, price: str, days: int, *words: str) -> str:
    """Let a code cost more in some days, by a sheet that is applied; return its number."""
    path = board.folder / f"{plan}-{days}.csv"
    day = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    path.write_text(f"Code,Rate,Increments,Effective\n{code},{price},1/1,{day}\n")
    found = sent(board, plan, path, *words)
    assert found["state"] == "checked" and not found["blocking"], found
    board.sb("sheets", "approve", str(found["id"]), "--apply", "--warnings", str(found["warnings"]))
    return str(found["id"])


def queued(board: Running, *words: str) -> dict[str, Any]:
    """Return the notice that comes to wait by itself."""

    def found() -> list[dict[str, Any]]:
        return list(board.told("notices", "list", "--state", "queued", *words)["notices"])

    return until(found, f"a notice waits {words}", 120)[0]


def states(board: Running, notice: int) -> set[str]:
    return {contact["state"] for contact in board.told("notices", "show", str(notice))["contacts"]}


def last_words(board: Running, sheet: str) -> str:
    return str(board.told("sheets", "show", sheet)["steps"][-1]["words"])


def attached(office: PostOffice, address: str, board: Running) -> Path:
    """Write what came with the last mail to an address into a file."""
    mail = [one for one in office.taken if one["To"] == address][-1]
    (part,) = mail.iter_attachments()
    path = board.folder / str(part.get_filename())
    path.write_bytes(part.get_payload(decode=True))  # type: ignore[arg-type]
    return path


def test_a_change_reaches_those_it_concerns_and_their_file_changes_nothing(board: Running, office: PostOffice) -> None:
    enter_plan(board, "quill-sell", "sell", Price("256941", "0.2"), Price("256942", "0.3", "60/60"))
    enter_plan(board, "brook-sell", "sell", Price("256941", "0.25"))
    board.sb(
        *"partners add quill --currency USD --sell-plan quill-sell --rates-email".split(), ANN, "--rates-email", BOB
    )
    board.sb("partners", "add", "brook", "--currency", "USD", "--sell-plan", "brook-sell", "--email", PAY)
    for client in ("quill", "brook"):
        assert queued(board, "--partner", client)["scope"] == "full"
    board.sb("notices", "approve", "--all")
    until(lambda: {mail["To"] for mail in office.taken} == {ANN, BOB, PAY}, "all have their rates", 60)
    assert board.told("notices", "due")["due"] == []

    office.taken.clear()
    sheet = raised(board, "quill-sell", "256941", "0.4", 20)
    notice = queued(board)
    assert (notice["partner"], notice["kinds"]["increase"], notice["late"]) == ("quill", 1, 0), notice
    assert notice["sheet"] == int(sheet)
    until(lambda: "1 client to be told: quill" in last_words(board, sheet), "the sheet says who", 60)
    assert [(one["partner"], one["queued"]) for one in board.told("notices", "due")["due"]] == [("quill", notice["id"])]
    assert office.taken == [], "nobody is told before somebody approves"
    board.sb("notices", "approve", str(notice["id"]))
    until(lambda: {mail["To"] for mail in office.taken} == {ANN, BOB}, "the contacts have it", 60)
    until(lambda: states(board, notice["id"]) == {"sent"}, "both are sent", 60)
    file = attached(office, ANN, board)
    assert file.suffix == ".xlsx" and file.read_bytes() == attached(office, BOB, board).read_bytes()
    found = sent(board, "quill-sell", file)
    assert found["state"] == "checked" and set(found["kinds"]) == {"unchanged"}, found
    assert board.told("notices", "due")["due"] == []


def test_whom_a_sheet_came_from_is_told_what_went_in(board: Running, office: PostOffice) -> None:
    enter_plan(board, "reed-buy", "buy", Price("256943", "0.1"))
    board.sb(*"partners add reed --currency USD --buy-plan reed-buy --rates-email".split(), VENDOR)
    board.sb("partners", "set", "reed", "rates_notices=auto")
    office.taken.clear()
    sheet = raised(board, "reed-buy", "256943", "0.2", 20)
    until(lambda: [mail["To"] for mail in office.taken] == [VENDOR], "the vendor is answered", 120)
    answer = until(lambda: board.told("notices", "list", "--kind", "answer")["notices"], "it is listed", 60)[0]
    assert (answer["partner"], answer["sheet"], answer["state"]) == ("reed", int(sheet), "approved")
    until(lambda: VENDOR in last_words(board, sheet), "the sheet says so", 60)


def test_a_sheet_is_exported_by_a_form_of_the_clients(board: Running) -> None:
    write_sheet(board.folder / "moss.csv", Price("256944", "0.2"))
    enter_plan(board, "moss-sell", "sell", Price("256944", "0.2"))
    board.sb("forms", "set", "short", "file=csv", "separator=;", "lead=+", "columns=code,price=Tarif")
    board.sb("partners", "add", "moss", "--currency", "USD", "--sell-plan", "moss-sell")
    board.sb("partners", "set", "moss", "rates_form=short")
    path = board.folder / "out.csv"
    board.sb("plans", "export", "moss-sell", "--partner", "moss", "--output", str(path))
    assert path.read_text("utf-8-sig").splitlines() == ["Code;Tarif", "+256944;0.2000"]
    assert "is the form of moss" in board.tried("forms", "remove", "short").stderr
