"""A data folder is made ready once, and keeps what was fixed then."""

from pathlib import Path

import pytest

from actors.home import Home
from cluster.folder import prepare
from domain.errors import InputError
from domain.settings import Settings, StoreSettings


def test_a_folder_keeps_its_number_of_books(tmp_path: Path) -> None:
    for _ in range(2):
        prepare(Home(tmp_path, Settings()))
    with pytest.raises(InputError, match=r"store\.books"):
        prepare(Home(tmp_path, Settings(store=StoreSettings(books=2))))
