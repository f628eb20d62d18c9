"""An exchange's file by the real command: taken once, compared with its trailer, shown as what it is."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.domain.exchange_files import exchange_file, header, record, text_of
from tests.live.running import Running
from tests.shared_data import shared_file

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def lines(switchboard: Running) -> Running:
    """An exchange by configuration alone, whose lines are one client's, at prices of 2012."""
    board = switchboard
    sheet = board.folder / "exlines.csv"
    sheet.write_text("Code,Rate,Increments,Effective\n31,0.06,1/1,2012-01-01\n1,0.60,1/1,2012-01-01\n")
    board.sb("plans", "add", "exlines-sell", "--side", "sell", "--currency", "USD")
    board.sb("rates", "import", str(sheet), "--plan", "exlines-sell")
    board.sb("partners", "add", "exlines", "--currency", "USD", "--sell-plan", "exlines-sell", "--credit-limit", "100")
    board.sb("switches", "add", "exchange", "--recipe", "ddb")
    board.sb("trunks", "add", "exlines-in", "--partner", "exlines", "--direction", "in", "--switch", "exchange")
    return board


def test_the_real_file_is_taken_once_as_tdm_and_its_odd_total_is_told(lines: Running) -> None:
    path = shared_file("cdr/fixed_width/DDB-Some-10022-20120711-309.CDR")
    said = lines.sb("cdrs", "import", str(path))
    assert "(tdm of exchange): 33 rows = 33 accepted + 0 duplicate + 0 parked + 0 rejected" in said
    assert "as many records as the trailer says: 33" in said
    assert "the trailer says 3055, the records add up to 1,855 s (3055 is 00:30:55 read as hhmmss)" in said
    again = lines.told("cdrs", "import", str(path))["reports"][0]
    assert (again["already"], again["accepted"], again["duplicate"]) == (True, 0, 33)
    found = lines.told("cdrs", "list", "--partner", "exlines", "--limit", "100")
    assert (found["total"], {leg["equipment"] for leg in found["legs"]}) == (33, {"tdm"})
    assert sum(leg["duration_ms"] for leg in found["legs"]) == 1_855_000
    owed = Decimal(lines.told("partners", "show", "exlines")["owed"]["amount"])
    assert owed == sum(Decimal(leg["charge"]["amount"]) for leg in found["legs"]) == Decimal("15.544")
    (source,) = [one for one in lines.told("cdrs", "sources")["sources"] if one["source"] == "files DDB"]
    assert (source["equipment"], source["accepted"], len(source["notes"])) == ("tdm", 33, 2)
    (switch,) = [one for one in lines.told("switches", "list")["switches"] if one["id"] == "exchange"]
    assert switch["state"]["equipment"] == "tdm" and switch["state"]["lag_ms"] > 365 * 86_400_000


def test_a_file_that_was_cut_off_is_told(lines: Running, tmp_path: Path) -> None:
    cut = tmp_path / "DDB-2.CDR"
    cut.write_bytes(text_of([header(311), record(1)]))
    assert "file 000311 has no trailer: it is cut off" in lines.sb("cdrs", "import", str(cut), "--dry-run")


def test_a_file_is_refused_where_nobody_delivers_such_or_another_is_named(lines: Running, tmp_path: Path) -> None:
    path = tmp_path / "DDB-3.CDR"
    path.write_bytes(exchange_file(record()))
    refused = lines.tried("cdrs", "import", str(path), "--switch", "nobody")
    assert refused.exit_code == 1 and "there is no switch nobody" in refused.stderr
    assert "no file layout is named abc" in lines.tried("switches", "set", "exchange", "file_layout=abc").stderr
