"""Two machines, as network namespaces of this host: nodes and shards on both, each of them dies, the books agree.

Switches call at the nodes of both, by RADIUS and by SIP, and go on whatever becomes of the machines: what they were
told is compared with the books to the last digit after each of the things that may happen.
"""

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from cluster.tasks.cdr_file import COLUMNS
from domain.ids import PartnerId
from domain.placement import Placement
from tests.live.market import Price, switch_of, write_sheet
from tests.live.namespaces import FIRST, two_machines
from tests.live.waiting import until
from tests.store.postgres import PostgresServer
from tests.torture.machines import NUMBER, WAIT_S, Calls, Machine

pytestmark = [pytest.mark.live, pytest.mark.torture, pytest.mark.timeout(900), pytest.mark.xdist_group("machines")]

PLACEMENT = Placement(books=2, shards=2)
SETTINGS = """
[desk]
listen = "127.0.0.1:50051"
metrics = ""
[cluster]
address = "{address}"
away = "{away}"
away_s = 3
[store]
url = "{url}"
books = 2
[[shard]]
name = "shard-1"
machine = "second"
[[node]]
name = "node-0"
[[node]]
name = "node-1"
machine = "second"
"""
NEAR, FAR, SIPPER, VENDOR = "cesar", "mortal", "sipster", "undertaker"
"""A client whose money is in book 0, on the first machine; two, and a vendor, whose money is in book 1."""
FILER = "filer"
"""A client that hands in files."""
SWITCHES = {
    NEAR: ("127.0.36.1", "cisco"),
    FAR: ("127.0.36.2", "cisco"),
    SIPPER: ("127.0.36.3", "sip302"),
}


@dataclass(slots=True)
class Pair:
    """A switchboard on two machines."""

    first: Machine
    second: Machine
    url: str

    def configure(self, away: str) -> None:
        """Write the settings; they count from the next `up` on."""
        text = SETTINGS.format(address=FIRST, away=away, url=self.url)
        (self.first.folder / "switchboard.toml").write_text(text)

    def up(self) -> None:
        """Start the first machine; return when it serves."""
        self.first.start("up")
        until(lambda: self.first.said("ready:"), "the first machine serves", WAIT_S)

    def join(self, *, deal: bool = True) -> None:
        """Let the second machine join; return when nodes and shards answer; `deal`: each shard on its machine."""
        self.second.start("join", f"{FIRST}:6380", "--machine", "second")
        self.until_all_alive()
        if deal:
            self.deal()

    def deal(self) -> None:
        """Let the second shard run on the second machine; it came to the first if joining took minutes."""
        if self.shard_1()[0] == "first":
            self.first.sb("cluster", "move", "shard-1", "second")
        until(lambda: self.looked() and self.shard_1() == ("second", "alive"), "the shard runs there", WAIT_S)

    def looked(self) -> bool:
        """Give the others of this host room between two looks."""
        time.sleep(0.5)
        return True

    def until_all_alive(self) -> None:
        """Return when nodes and shards answer, wherever they run."""
        names = {"node-0", "node-1", *PLACEMENT.shard_names}
        until(lambda: self.looked() and names <= self.alive(), "nodes and shards answer", WAIT_S)

    def alive(self) -> set[str]:
        """Return the actors that answer."""
        return {actor["name"] for actor in self.first.told("status")["actors"] if actor["state"] == "alive"}

    def shard_1(self) -> tuple[str, str]:
        """Return where the second shard is to run, and whether it answers."""
        shard = self.first.told("cluster", "show")["shards"][1]
        return shard["machine"], shard["state"]

    def until_the_second_has_its_own(self) -> None:
        """Return when a node and a shard are found there: that none is found later then says that they ended."""
        until(lambda: len(self.second.actors()) == 2, "a node and a shard run on the second machine", 30)

    def compare(self) -> None:
        """Compare the books with what all switches were told since the beginning."""
        legs = dict.fromkeys(SWITCHES, 0)
        for calls in (*self.first.made, *self.second.made):
            assert calls.told["unacknowledged"] == 0, calls.told
            legs[calls.client] += calls.told["acknowledged"]
        until(lambda: waiting(self.first) == 0, "nothing waits for another book", 30)
        for client, its in legs.items():
            assert owed(self.first, client, "owed") == Decimal("0.06") * its / 2, client
        assert owed(self.first, VENDOR, "payable") == Decimal("0.03") * sum(legs.values()) / 2
        check = self.first.told("ledger", "check")
        assert check["differences"] == [] and check["holds_add_up"] and check["balances_add_up"]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Iterator[Pair]:
    """Both machines, each with a node and a shard; the tests below follow one another on it."""
    assert [PLACEMENT.book_of_partner(PartnerId(name)) for name in (NEAR, FAR, SIPPER, VENDOR)] == [0, 1, 1, 1]
    with postgres_server.database() as name, two_machines("swb") as (one, other):
        first, second = (Machine(its, tmp_path_factory.mktemp(its[-1])) for its in (one, other))
        made = Pair(first, second, postgres_server.url(name))
        made.configure("move")
        try:
            made.up()
            enter_market(first)
            shutil.copy(first.folder / "ray.token", second.folder)
            made.join()
            yield made
        finally:
            second.stop()
            first.stop()
            for machine in (first, second):
                machine.close()


def enter_market(board: Machine) -> None:
    """Clients with a switch each, whose twin stands on the other machine, and a vendor; a minute at 0.06 and 0.03."""
    for plan, side, price in (("sell", "sell", "0.06"), ("buy", "buy", "0.03")):
        write_sheet(board.folder / f"{plan}.csv", Price("254741", price))
        board.sb("plans", "add", plan, "--side", side, "--currency", "USD")
        board.sb("rates", "import", str(board.folder / f"{plan}.csv"), "--plan", plan)
    secret = board.folder / "switch.secret"
    for client, (address, recipe) in SWITCHES.items():
        board.sb("partners", "add", client, "--currency", "USD", "--sell-plan", "sell", "--credit-limit", "100000")
        words = ["switches", "add", f"{client}-sw", "--address", address, "--recipe", recipe]
        secret.write_text(switch_of(client, address, recipe).secret)
        board.sb(*words, "--secret-file", str(secret))
        board.sb("trunks", "add", f"{client}-in", "--partner", client, "--direction", "in", "--switch", f"{client}-sw")
    board.sb("partners", "add", VENDOR, "--currency", "USD", "--buy-plan", "buy")
    board.sb("trunks", "add", f"{VENDOR}-out", "--partner", VENDOR, "--direction", "out", "--host", "127.0.26.1")


def write_calls(path: Path, many: int) -> Path:
    """Write the clients' legs of calls of a minute each, which ended an hour ago, as a CDR file."""
    began = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
    setup, ended = (f"{at.replace(tzinfo=None).isoformat()}.000Z" for at in (began, began + timedelta(minutes=1)))
    rows = [",".join(COLUMNS)]
    for call in range(many):
        given = {"switch": f"{FILER}-sw", "call_id": f"filed-{call}", "side": "client", "attempt": "1"}
        given |= {"session_id": f"s{call}", "b": NUMBER, "setup": setup, "connect": setup, "disconnect": ended}
        given |= {"duration_ms": "60000", "cause": "16"}
        rows.append(",".join(given.get(name, "") for name in COLUMNS))
    path.write_text("\n".join(rows) + "\n")
    return path


def owed(board: Machine, partner: str, which: str) -> Decimal:
    return Decimal(board.told("partners", "show", partner)[which]["amount"])


def waiting(board: Machine) -> int:
    return sum(int(shard["waiting"]) for shard in board.told("cluster", "show")["shards"])


def assert_explained(board: Machine, calls: Calls) -> None:
    """Assert that the decision about a call is found, with its route, at the first machine."""
    call = calls.told["last_admitted"]

    def known() -> bool:
        found = board.told("calls", "show", call)
        return bool({"decision", "route"} <= {line["kind"] for line in found["lines"]})

    until(known, f"the decision about {call} came to the first machine", 30)
    key = board.told("calls", "show", call)["call_key"]
    assert VENDOR in board.sb("cdrs", "show", key, "--why").partition("\nwhy")[2]


def test_a_machine_that_joined_decides_and_keeps_books_and_dies(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = pair.first, pair.second
    found = first.told("cluster", "show")
    assert [(its["name"], its["present"]) for its in found["machines"]] == [("first", True), ("second", True)]
    assert [shard["machine"] for shard in found["shards"]] == ["first", "second"]

    with (
        second.calling(FAR, *SWITCHES[FAR]) as there,  # asked at the node there, money in the shard there
        second.calling(SIPPER, *SWITCHES[SIPPER]) as by_sip,
        first.calling(FAR, *SWITCHES[FAR]) as across,
        first.calling(NEAR, *SWITCHES[NEAR]) as here,
    ):
        for calls in (there, by_sip, across, here):
            calls.beyond(10)
        second.kill()
        died = time.monotonic()
        across.beyond(10)
        with capsys.disabled():
            print(f"\n  calls of all books flow {time.monotonic() - died:.1f} s after the machine died")
        here.beyond(10)
        assert pair.shard_1() == ("first", "alive")
        pair.join(deal=False)
        there.beyond(5)
        by_sip.beyond(5)
    pair.compare()
    for calls in (there, by_sip):
        assert_explained(first, calls)


def test_a_shard_moves_and_a_partner_is_pinned_under_traffic(pair: Pair) -> None:
    first = pair.first
    with (
        pair.second.calling(NEAR, *SWITCHES[NEAR]) as there,
        first.calling(FAR, *SWITCHES[FAR]) as moving,
    ):
        moving.beyond(5)
        assert pair.shard_1()[0] == "first"
        pair.deal()
        moving.beyond(10)
        there.beyond(10)
        first.sb("cluster", "pin", FAR, "0")
        (pin,) = first.told("cluster", "show")["pins"]
        assert (pin["partner"], pin["book"], pin["home"], pin["lives_in"]) == (FAR, 0, 1, 0)
        moving.beyond(10)
        first.sb("cluster", "unpin", FAR)
        moving.beyond(10)
        assert not first.told("cluster", "show")["pins"]
    pair.compare()


def test_a_file_is_charged_in_the_books_of_both_machines(pair: Pair) -> None:
    first, many = pair.first, 40
    pair.deal()
    first.sb("partners", "add", FILER, "--currency", "USD", "--sell-plan", "sell", "--credit-limit", "100000")
    first.sb("switches", "add", f"{FILER}-sw", "--address", "127.0.36.4", "--recipe", "plain")
    first.sb("trunks", "add", f"{FILER}-in", "--partner", FILER, "--direction", "in", "--switch", f"{FILER}-sw")
    file = write_calls(first.folder / "calls.csv", many)
    for counted in ("accepted", "duplicate"):
        (report,) = first.told("cdrs", "import", str(file))["reports"]
        assert (int(report[counted]), int(report["parked"])) == (many, 0), report
    until(lambda: waiting(first) == 0, "nothing waits for another book", 30)
    assert owed(first, FILER, "owed") == Decimal("0.06") * many
    staging = pair.second.folder / "staging"
    assert staging.is_dir() and not list(staging.iterdir()), "a block went there, and is not kept"
    pair.compare()


def test_a_machine_that_is_told_to_leave_is_emptied_first(pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = pair.first, pair.second
    pair.deal()
    with second.calling(SIPPER, *SWITCHES[SIPPER]) as there, first.calling(FAR, *SWITCHES[FAR]) as moving:
        there.beyond(5)
        moving.beyond(5)
        pair.until_the_second_has_its_own()
        second.stop()
        assert second.said("second leaves: node-1 answered what was under way; shard-1 moved to first")
        until(lambda: not second.actors(), "its actors have ended", 30)
        began = time.monotonic()
        moving.beyond(4)
        with capsys.disabled():
            print(f"\n  calls flow {time.monotonic() - began:.1f} s after the machine left")
        pair.join(deal=False)
        there.beyond(5)
    pair.compare()


def test_the_second_machine_lives_without_the_first_no_longer_than_told_and_joins_the_next_one(pair: Pair) -> None:
    first, second = pair.first, pair.second
    pair.deal()
    with second.calling(SIPPER, *SWITCHES[SIPPER]) as there, first.calling(NEAR, *SWITCHES[NEAR]) as here:
        there.beyond(5)
        here.beyond(5)
        pair.until_the_second_has_its_own()
        first.kill()
        until(lambda: second.said("lost the first machine"), "the second machine says so", 60)
        assert second.actors() == [], "nothing there decides or books by itself"
        pair.configure("wait")
        pair.up()
        pair.until_all_alive()
        there.beyond(5)
        here.beyond(5)
    pair.compare()


def test_shards_wait_for_their_machine_where_the_settings_say_so(pair: Pair) -> None:
    first, second = pair.first, pair.second
    pair.deal()
    with first.calling(FAR, *SWITCHES[FAR]) as waits:
        waits.beyond(5)
        second.stop()
        assert second.said("second leaves: node-1 answered what was under way; shard-1 wait until it is back")
        before = waits.admitted()
        with first.calling(NEAR, *SWITCHES[NEAR]) as here:
            here.beyond(5)  # as many questions as it asks at once: reports of every second call wait for their book
            time.sleep(8)
            assert waits.admitted() == before, "its money is in a book that nobody may open meanwhile"
            assert pair.shard_1() == ("second", "away")
            pair.join()
            waits.beyond(5)
            here.beyond(20)
    pair.compare()
