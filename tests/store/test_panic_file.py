"""Panic orders on disk."""

from pathlib import Path

from domain.panic import NOTHING, Aim, PanicOrder
from store.panic_file import FOLDER, read_panic, write_panic
from tests.domain.builders import NOON

FROZEN = PanicOrder("1", Aim.CLIENT, "acme", False, "noc", NOON, "unpaid")
LIFTED = PanicOrder("2", Aim.CLIENT, "acme", True, "noc", NOON + 5)


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    assert read_panic(tmp_path, "node-0") == NOTHING
    kept = NOTHING.given(FROZEN).given(PanicOrder("3", Aim.CLIENT, "acme", False, "boss", NOON + 9, "police"))
    write_panic(tmp_path, "node-0", kept)
    assert read_panic(tmp_path, "node-0") == kept


def test_a_node_that_was_down_reads_what_the_others_were_told(tmp_path: Path) -> None:
    write_panic(tmp_path, "node-0", NOTHING.given(FROZEN))
    write_panic(tmp_path, "desk", NOTHING.given(FROZEN).given(LIFTED))
    assert read_panic(tmp_path, "node-1").in_force() == []
    found = read_panic(tmp_path, "node-0")
    assert found.in_force() == [] and found.untold == (FROZEN,)


def test_a_damaged_file_hides_no_order_of_the_others(tmp_path: Path) -> None:
    write_panic(tmp_path, "node-0", NOTHING.given(FROZEN))
    (tmp_path / FOLDER / "node-1.json").write_bytes(b'{"last": [')
    assert read_panic(tmp_path, "node-1").in_force() == [FROZEN]
