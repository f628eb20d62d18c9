"""Files of moved numbers: many dialects, wrong rows told, changes laid over what is known."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actors.ported_work import PortedBuilt, PortedOrder
from cluster.tasks.ported import build_ported
from domain.errors import InputError
from domain.numbers import Dialled
from store.ported_file import MappedPorted

NOBODY: Any = None


def built(
    folder: Path,
    text: str | bytes,
    base: Path | None = None,
    name: str = "out",
    prefixes: str = "",
    *,
    whole: bool = False,
) -> PortedBuilt:
    received = folder / "in.csv"
    received.write_bytes(text if isinstance(text, bytes) else text.encode())
    how = base is not None and not whole, tuple(filter(None, prefixes.split(",")))
    return build_ported(NOBODY, PortedOrder(received, "numbers.csv", base, folder / name, *how))


def known(path: Path) -> dict[int, tuple[str, str]]:
    file = MappedPorted(path)
    return {number: file.moved[place] for number, place in zip(file.numbers, file.place, strict=True)}


@pytest.mark.parametrize(
    "text",
    [
        "number,routing_number,carrier\n254700000001,254733,2547\n",
        "MSISDN;LRN;SPID\n+254 700-000 001;+254733;2547\n",
        "254700000001\t254733\t2547\n",
        "\ufeffcarrier,Routing Number,number\n2547,254733,254700000001\n",
        "number,rn,cic,since\n254700000001,254733,2547,2026-01-01\n",
    ],
)
def test_files_of_many_dialects_say_the_same(tmp_path: Path, text: str) -> None:
    assert built(tmp_path, text).numbers == 1
    assert known(tmp_path / "out") == {254700000001: ("254733", "2547")}


def test_wrong_rows_are_told_with_their_line_and_the_others_go_in(tmp_path: Path) -> None:
    done = built(
        tmp_path, "number,rn,carrier\n254700000001,254733,Airtel\nabc,254733,\n0700,254733,\n254700000002,x,\n\n"
    )
    assert (done.numbers, done.rows, done.wrong) == (1, 4, 3)
    assert [(one.row, one.why.split(":")[0]) for one in done.rejects] == [
        (3, "no number"), (4, "no number"), (5, "no routing number"),
    ]  # fmt: skip
    assert done.rejects[1].raw == "0700,254733,"
    assert known(tmp_path / "out") == {254700000001: ("254733", "")}


def test_numbers_that_are_looked_up_elsewhere_are_wrong_rows(tmp_path: Path) -> None:
    done = built(tmp_path, "254720000001,254733\n254711000000,254733\n255720000001,254733\n", prefixes="2547200,255")
    assert [(one.row, one.why) for one in done.rejects] == [
        (2, "it is not looked up here: this source has 2547200, 255")
    ]
    assert known(tmp_path / "out").keys() == {254720000001, 255720000001}


def test_a_file_without_any_right_row_changes_nothing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="all 2 rows are wrong, row 2: no number"):
        built(tmp_path, "number,rn\n0700,254733\nabc,254733\n")
    assert not (tmp_path / "out").exists()


def test_a_whole_file_says_how_it_differs_from_the_one_before(tmp_path: Path) -> None:
    built(tmp_path, "254700000001,254733\n254700000002,254733\n254700000003,254733\n", name="0")
    text = "254700000002,254733\n254700000003,254722\n254700000004,254733\n"
    done = built(tmp_path, text, tmp_path / "0", whole=True)
    assert (done.numbers, done.added, done.changed, done.removed) == (3, 1, 1, 1)
    assert known(tmp_path / "out").keys() == {254700000002, 254700000003, 254700000004}


def test_of_two_rows_about_a_number_the_later_counts(tmp_path: Path) -> None:
    built(tmp_path, "254700000001,254733\n254700000001,254722\n")
    assert known(tmp_path / "out") == {254700000001: ("254722", "")}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("254700000001\n", "one column"),
        ("number,price\n254700000001,1\n", "where numbers have moved"),
        (b"\xff\xfe\x00", "no CSV"),
    ],
)
def test_what_is_no_such_file_is_told(tmp_path: Path, text: str | bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        built(tmp_path, text)


numbers = st.dictionaries(
    st.integers(254700000000, 254700000006), st.sampled_from(["254733", "254722", ""]), max_size=6
)


@given(numbers, st.lists(numbers, max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_changes_laid_over_one_another_are_one_list(
    tmp_path: Path, first: dict[int, str], changes: list[dict[int, str]]
) -> None:
    def text(rows: dict[int, str]) -> str:
        return "number,routing_number\n" + "".join(f"{number},{rn}\n" for number, rn in rows.items())

    done = built(tmp_path, text(first), name="0")
    model = {number: (rn, "") for number, rn in first.items() if rn}
    for at, change in enumerate(changes):
        before = dict(model)
        model |= {number: (rn, "") for number, rn in change.items() if rn}
        for number in [number for number, rn in change.items() if not rn]:
            model.pop(number, None)
        done = built(tmp_path, text(change), tmp_path / f"{at}", f"{at + 1}")
        assert done.added == len(model.keys() - before.keys())
        assert done.removed == len(before.keys() - model.keys())
        assert done.changed == sum(before[one] != model[one] for one in before.keys() & model.keys())
    path = tmp_path / f"{len(changes)}"
    assert known(path) == model
    assert done.numbers == len(model)
    assert done.sha256 == sha256(path.read_bytes()).hexdigest()
    file = MappedPorted(path)
    for number in range(254700000000, 254700000008):
        expected = Dialled("", model[number][0], True) if number in model else None
        assert file.of(str(number)) == expected
