"""What a partner packs: several sheets, sheets within archives, and what comes along."""

import gzip

import pytest

from domain.errors import InputError
from store.sheets.archive import attachments, unpack
from store.sheets.files import open_file
from store.sheets.kinds import may_be_archive
from tests.store.sheets.made_files import xlsx, zipped

SHEET = b"Code;Rate\n44;0.5\n"


def test_a_file_that_is_no_archive_is_its_own_attachment() -> None:
    book = xlsx({"Rates": [["44"]]})
    assert attachments("rates.xlsx", book, 50) == [("rates.xlsx", book)]
    assert attachments("rates.csv", SHEET, 50) == [("rates.csv", SHEET)]


def test_what_cannot_be_an_archive_is_told_by_its_first_bytes() -> None:
    archives = zipped({"rates.csv": SHEET}), gzip.compress(SHEET), zipped({})
    assert all(may_be_archive(data) for data in archives)
    others = SHEET, b"", b"%PDF-1.7", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"<html>", b"PKN;0.5\n"
    for data in others:
        assert not may_be_archive(data) and unpack("x", data, 50).files == (("x", data),)


def test_an_archive_gives_its_rate_files_and_names_what_it_leaves_out() -> None:
    book = xlsx({"Rates": [["44"]]})
    parts = {
        "rates.csv": SHEET,
        "more/": b"",
        "more/rates.xlsx": book,
        "Readme.txt": b"Dear all;\nplease find;\n",
        "letter.txt": b"Dear partner\nthese are our rates\n",
        "offer.pdf": b"%PDF-1.7",
        "logo.png": b"\x89PNG....",
        "nothing.csv": b"",
        "__MACOSX/._rates.csv": b"\0\5\x16\7",
        ".DS_Store": b"x",
        "~$rates.xlsx": b"x",
    }
    held = unpack("mail.zip", zipped(parts), 50)
    assert held.files == (("rates.csv", SHEET), ("rates.xlsx", book))
    assert held.left_out == ("Readme.txt", "letter.txt", "offer.pdf", "logo.png", "nothing.csv")


@pytest.mark.parametrize("path", ["../../etc/rates.csv", "/abs/rates.csv", "C:\\rates\\rates.csv"])
def test_a_path_in_an_archive_is_only_a_name(path: str) -> None:
    assert attachments("x.zip", zipped({path: SHEET}), 50) == [("rates.csv", SHEET)]


def test_files_of_one_name_in_two_folders_are_told_apart() -> None:
    held = attachments("x.zip", zipped({"EU/rates.csv": SHEET, "US/rates.csv": SHEET + b"45;1\n"}), 50)
    assert [name for name, _ in held] == ["rates.csv", "rates (2).csv"]


def test_an_archive_within_an_archive_is_opened_and_no_further_one() -> None:
    inner = zipped({"rates.csv": SHEET})
    assert attachments("x.zip", zipped({"a.zip": inner}), 50) == [("rates.csv", SHEET)]
    with pytest.raises(InputError, match="an archive within archives"):
        attachments("x.zip", zipped({"a.zip": zipped({"b.zip": inner})}), 50)


def test_a_packed_file_is_unpacked() -> None:
    assert attachments("rates.csv.gz", gzip.compress(SHEET), 50) == [("rates.csv", SHEET)]


def test_an_archive_of_one_rate_file_opens_as_that_file() -> None:
    opened = open_file("mail.zip", zipped({"rates.csv": SHEET, "offer.pdf": b"%PDF-1.7"}), 50)
    assert (opened.name, opened.kind, opened.notes[0]) == ("rates.csv", "csv", "It came in mail.zip.")


def test_an_archive_of_several_rate_files_names_them() -> None:
    with pytest.raises(InputError, match=r"the archive has 2 files: a\.csv, b\.csv\. Import them one by one"):
        open_file("mail.zip", zipped({"a.csv": SHEET, "b.csv": SHEET}), 50)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (zipped({}), "the archive has no rate sheet"),
        (zipped({"offer.pdf": b"%PDF-1.7"}), "the archive has no rate sheet: it has offer.pdf"),
        (zipped({f"{place}.csv": SHEET for place in range(65)}), "the archive has 65 files, more than 64"),
        (zipped({"rates.csv": SHEET})[:-30], "the file is damaged"),
        (gzip.compress(SHEET)[:-9], "the file is damaged"),
    ],
    ids=["empty", "pdf", "many", "cut", "cut gz"],
)
def test_an_archive_that_gives_no_sheet_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        attachments("mail.zip", data, 50)


def test_a_protected_archive_is_refused() -> None:
    data = bytearray(zipped({"rates.csv": SHEET}))
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(InputError, match="protected by a password"):
        attachments("mail.zip", bytes(data), 50)
