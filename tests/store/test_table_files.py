"""Routing tables as files."""

from pathlib import Path

import pytest

from domain.errors import InputError, NotFoundError
from domain.route_table import TableRow, table_rows
from domain.world import World
from store.table_files import TableState, open_template, read_states, write_states, write_table
from tests.domain.builders import NOON, table
from tests.domain.worlds import incoming, row, uk_world, world

BARRED = TableRow("4470", "UK, Personal", ())


def written(data: Path, template: str, known: TableState | None = None, made: World | None = None) -> TableState:
    made = made or uk_world()
    trunk = incoming()
    rows = [*table_rows(trunk, made, NOON), BARRED]
    return write_table(data, known or TableState("tdm1", trunk.id), template, trunk, rows, NOON)


def text_of(data: Path, state: TableState) -> str:
    return (data / "tables" / state.file_name).read_text()


def test_csv_has_one_line_a_route_and_one_for_a_code_without_any(tmp_path: Path) -> None:
    state = written(tmp_path, "csv")
    assert (state.rows, state.version, state.file_name) == (2, 1, "tdm1/orbita-in.csv")
    assert text_of(tmp_path, state).splitlines() == [
        "code,rank,vendor,trunk,prefix,host,port,price,currency",
        "447,1,kestrel,kestrel-out,,kestrel.example,5060,0.0246,USD",
        "447,2,bluewire,bluewire-out,,bluewire.example,5060,0.0240,USD",
        "4470,0,,,,,,,",
    ]


def test_wide_and_groups_have_one_line_a_code(tmp_path: Path) -> None:
    assert text_of(tmp_path, written(tmp_path, "wide")).splitlines() == [
        "447;UK Mobile;@kestrel.example:5060;@bluewire.example:5060",
        "4470;UK, Personal",
    ]
    assert text_of(tmp_path, written(tmp_path, "groups")).splitlines() == [
        "447 kestrel-out,bluewire-out",
        "4470 BLOCK",
    ]


def test_the_version_grows_only_when_the_contents_change(tmp_path: Path) -> None:
    first = written(tmp_path, "csv")
    same = written(tmp_path, "csv", first)
    assert (same.version, same.written_ms) == (1, first.written_ms)
    dearer = world(table(row("44", "0.0294")), {"kestrel": table(row("447", "0.0250"))})
    assert written(tmp_path, "csv", same, dearer).version == 2


def test_an_operators_template_wins_over_ours(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "csv.j2").write_text("{% for row in rows %}{{ row.code }} {% endfor %}")
    assert text_of(tmp_path, written(tmp_path, "csv")).strip() == "447 4470"


def test_a_template_that_is_not_there_or_wrong_is_told_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no table template is named mine"):
        open_template(tmp_path, "mine")
    with pytest.raises(InputError, match="is no name of a template"):
        open_template(tmp_path, "../secret")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "mine.j2").write_text("ok\n{% for %}")
    with pytest.raises(InputError, match="line 2"):
        open_template(tmp_path, "mine")
    (tmp_path / "templates" / "mine.j2").write_text("{% for row in rows %}{{ row.cod }}{% endfor %}")
    with pytest.raises(InputError, match="the template fails"):
        written(tmp_path, "mine")
    assert not list((tmp_path / "tables" / "tdm1").iterdir())


@pytest.mark.parametrize(
    "wrong", ["{{ 1 / 0 }}", "{{ 'a' + 1 }}", "{{ 1e308 ** 9 }}", "{{ rows.x.y }}", "{{ rows(1) }}"]
)
def test_whatever_a_template_does_wrong_is_told_as_its_fault(tmp_path: Path, wrong: str) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "mine.j2").write_text(wrong)
    with pytest.raises(InputError, match="the template fails"):
        written(tmp_path, "mine")
    assert not list((tmp_path / "tables" / "tdm1").iterdir())


def test_a_template_reaches_nothing_but_its_rows(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "mine.j2").write_text("{{ ''.__class__.__mro__ }}")
    with pytest.raises(InputError, match="the template fails"):
        written(tmp_path, "mine")


def test_what_is_known_of_tables_outlives_the_desk(tmp_path: Path) -> None:
    assert read_states(tmp_path) == {}
    state = written(tmp_path, "csv")
    write_states(tmp_path, [state])
    assert read_states(tmp_path) == {("tdm1", "orbita-in"): state}
