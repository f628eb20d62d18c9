"""What `bench failover` and `bench restart` begin with: a book full of open holds that adds up."""

from pathlib import Path

from actors.home import Home
from cluster.bench.recovery import fill
from cluster.bench.stand import CLIENT, settings_text
from store.book import Book
from store.settings_file import load_settings


def test_a_full_book_adds_up(tmp_path: Path) -> None:
    (tmp_path / "switchboard.toml").write_text(settings_text([1, 2, 3, 4, 5, 6]))
    home = Home(tmp_path, load_settings(tmp_path))
    fill(home, 500)
    book = Book.open("", home.books, 0)
    opened = book.load()
    book.close()
    [(held, calls)] = opened.held.values()
    assert (len(opened.holds), calls, held) == (500, 500, sum(hold.amount for hold in opened.holds))
    assert {hold.partner for hold in opened.holds} == {CLIENT}
