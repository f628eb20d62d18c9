"""The file by which desk and nodes recognise callers."""

from pathlib import Path

import pytest

from domain.errors import BrokenWorldError
from domain.users import Role, User
from store.users_file import NAME, read_users, write_users

ADA, BOB = User("ada", Role.RATES), User("bob", Role.VIEWER, enabled=False)


def test_enabled_users_are_found_by_their_hashes_and_no_others(tmp_path: Path) -> None:
    assert read_users(tmp_path) == {}
    write_users(tmp_path, {"aa": ADA, "bb": BOB})
    assert read_users(tmp_path) == {"aa": ADA}
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["", "[1]", '{"aa": {"name": "ada"}}', '{"aa": {"name": "ada", "role": "god"}}'])
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / NAME).write_text(content)
    with pytest.raises(BrokenWorldError, match="is no file of users"):
        read_users(tmp_path)
