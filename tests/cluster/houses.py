"""A data folder as a switchboard leaves it, without one running: books with calls, segments, a catalog, files."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from actors.home import Home
from actors.shard import Shard
from cluster.folder import prepare
from cluster.tasks.segments import draft_segments
from domain.booking import fingerprint
from domain.calls import Side
from domain.commands import RecordLeg
from domain.ids import PlanId
from domain.settings import StoreSettings
from store.book import Book
from store.catalog import Catalog
from store.settings_file import load_settings
from tests.cluster.tasks.places import BY, NOW
from tests.domain.builders import NOON, row, rules
from tests.domain.call_builders import a_leg, ask, client, directory, paid


@dataclass(frozen=True, slots=True)
class House:
    """A data folder, and the shards of its books, open for writing."""

    home: Home
    shards: tuple[Shard, ...]

    @property
    def data(self) -> Path:
        return self.home.data

    def calls(self, *names: str) -> None:
        """Record both legs of some calls, in the first book, and ask for a hold for one more."""
        legs = [a_leg(name, side) for name in names for side in (Side.CLIENT, Side.VENDOR)]
        self.shards[0].turn([RecordLeg(leg, fingerprint(leg), b"{}", NOON) for leg in legs])
        self.shards[0].turn([ask(f"hold {names[0]}")])

    def seal(self) -> None:
        """Seal what has ended."""
        for draft in draft_segments(self.home, 0):
            self.shards[0].seal([draft], NOW)


def _enter(catalog: Catalog) -> None:
    catalog.plans.add(rules(plan=PlanId("sell")), "sell", **BY)
    catalog.partners.add(client(sell_plan=PlanId("sell")), **BY)
    catalog.plans.add_rates(PlanId("sell"), [row("44", "0.0294"), row("447", "0.5", blocked=True)], **BY)
    catalog.jobs.add("seal", {"what": "é"}, **BY)
    catalog.close()


@cache
def _entered(books: int) -> bytes:
    """A catalog of so many books is made once for all houses on files: making one takes 60 ms."""
    with TemporaryDirectory() as folder:
        file = Path(folder, "catalog.db")
        _enter(Catalog.open(f"sqlite:///{file}", books=books))
        return file.read_bytes()


@contextmanager
def a_house(data: Path, url: str = "", books: int = 1) -> Iterator[House]:
    """Make one with sealed and unsealed calls, a payment, holds and files, and keep its books open for writing."""
    data.mkdir(parents=True)
    store = f'[store]\nurl = "{url}"\nbooks = {books}\n' if url else f"[store]\nbooks = {books}\n"
    (data / "switchboard.toml").write_text(f'# ours\n{store}seen_days = 5\n\n[money]\nbase_currency = "USD"\n')
    home = Home(data, load_settings(data).model_copy(update={"store": StoreSettings(url=url, books=books)}))
    if not url:
        (data / "catalog.db").write_bytes(_entered(books))
    prepare(home)
    if url:
        _enter(Catalog.open(home.catalog_url()))
    (data / "received").mkdir()
    (data / "received" / "sheet.csv").write_text("code,rate\n44,0.0294\n")
    (data / "logs").mkdir()
    (data / "logs" / "desk.log").write_text("not kept\n")
    with ExitStack() as opened:
        shards = []
        for number in range(books):
            book = Book.open(url, home.books, number)
            opened.callback(book.close)
            shards.append(Shard(book, directory(), home.hold_times(), home.placement))
            shards[-1].recover()
        house = House(home, tuple(shards))
        house.calls("c1", "c2")
        house.shards[0].turn([paid("12.50")])
        house.seal()
        house.calls("c3")
        yield house
