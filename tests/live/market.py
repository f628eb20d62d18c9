"""Partners entered by the real command: clients that call from a switch of their own, vendors that take calls."""

from dataclasses import dataclass
from pathlib import Path

from cluster.demo.world import SwitchEntry
from domain.ids import PartnerId, SwitchId
from tests.live.running import Running

RATES_FROM = "2026-01-01"


@dataclass(frozen=True, slots=True)
class Price:
    """A row of a rate sheet: `price` may be "blocked"."""

    code: str
    price: str
    increments: str = "1/1"


def switch_of(client: str, address: str, recipe: str) -> SwitchEntry:
    """Return the client's switch as the synthetic switches know one."""
    return SwitchEntry(SwitchId(f"{client}-sw"), PartnerId(client), address, recipe)


def enter_plan(board: Running, plan: str, side: str, *prices: Price) -> None:
    """Add a plan and import its sheet."""
    sheet = board.folder / f"{plan}.csv"
    write_sheet(sheet, *prices)
    board.sb("plans", "add", plan, "--side", side, "--currency", "USD")
    board.sb("rates", "import", str(sheet), "--plan", plan)


def write_sheet(path: Path, *prices: Price) -> None:
    """Write a rate sheet as CSV."""
    rows = [f"{one.code},{one.price},{one.increments},{RATES_FROM}" for one in prices]
    path.write_text("\n".join(["Code,Rate,Increments,Effective", *rows]) + "\n")


def enter_client(board: Running, entry: SwitchEntry, price: Price, *terms: str) -> None:
    """Add a client with its plan, its switch and the trunk that it calls in by; `terms` go with `partners add`."""
    client = str(entry.partner)
    enter_plan(board, f"{client}-sell", "sell", price)
    board.sb("partners", "add", client, "--currency", "USD", "--sell-plan", f"{client}-sell", *terms)
    enter_switch(board, entry)
    board.sb("trunks", "add", f"{client}-in", "--partner", client, "--direction", "in", "--switch", entry.id)


def enter_switch(board: Running, entry: SwitchEntry) -> None:
    """Add a switch."""
    words = ["switches", "add", entry.id, "--address", entry.address, "--recipe", entry.recipe]
    if not entry.secret:
        board.sb(*words)
        return
    secret = board.folder / f"{entry.id}.secret"
    secret.write_text(entry.secret)
    board.sb(*words, "--secret-file", str(secret))


def enter_vendor(board: Running, vendor: str, host: str, *prices: Price) -> None:
    """Add a vendor with its plan and the trunk that takes calls."""
    enter_plan(board, f"{vendor}-buy", "buy", *prices)
    board.sb("partners", "add", vendor, "--currency", "USD", "--buy-plan", f"{vendor}-buy")
    board.sb("trunks", "add", f"{vendor}-out", "--partner", vendor, "--direction", "out", "--host", host)
