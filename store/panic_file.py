"""Panic orders on disk: `<data>/panic/<who>.json`, one file for each node and one for the desk, whole or not there.

Everybody writes its own file only. At its start a node reads those of all: who was down when an order was given obeys
it before its first call, whether a desk runs or not. On a machine that joined it finds copies of those of the first
machine too, `first.<who>.json`: as no node is named so, none overwrites what a node there keeps itself.
"""

from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson
import structlog

from domain.panic import Aim, Panic, PanicOrder
from store.files import write_atomically

FOLDER = "panic"


def write_panic(data: Path, who: str, panic: Panic) -> None:
    """Keep what somebody knows; durable when this returns. Raises OSError when the disk refuses."""
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    plain = {
        "last": [_plain(order) for order in sorted(panic.last.values(), key=lambda order: order.rank)],
        "untold": [_plain(order) for order in panic.untold],
    }
    write_atomically(folder / f"{who}.json", [orjson.dumps(plain)])


def read_panic(data: Path, who: str) -> Panic:
    """Return all that is in force by anybody's file, with what `who` itself has not told the desk.

    A file that is damaged is logged and left: the orders of the others count.
    """
    own = _read(data / FOLDER / f"{who}.json")
    found = Panic({order.thing: order for order in own[0]}, tuple(own[1]))
    for path in sorted((data / FOLDER).glob("*.json")):
        if path.stem != who:
            found = found.merged(_read(path)[0])
    return found


def to_copy(data: Path) -> dict[str, bytes]:
    """Return what everybody keeps on this machine, by the names in the data folder of another one."""
    found: dict[str, bytes] = {}
    for path in sorted((data / FOLDER).glob("*.json")):
        with suppress(OSError):  # whoever starts here says so
            found[f"{FOLDER}/first.{path.name}"] = path.read_bytes()
    return found


def _read(path: Path) -> tuple[list[PanicOrder], list[PanicOrder]]:
    try:
        plain = orjson.loads(path.read_bytes())
        return [_order(one) for one in plain["last"]], [_order(one) for one in plain["untold"]]
    except FileNotFoundError:
        return [], []
    except (OSError, ValueError, KeyError, TypeError) as error:
        structlog.get_logger().error("panic orders not read", file=str(path), why=str(error), mend="give them again")
        return [], []


def _plain(order: PanicOrder) -> dict[str, Any]:
    return {
        "id": order.order_id,
        "aim": order.aim.value,
        "name": order.name,
        "lift": order.lift,
        "who": order.who,
        "at_ms": order.at_ms,
        "reason": order.reason,
        "began_ms": order.began_ms,
    }


def _order(plain: dict[str, Any]) -> PanicOrder:
    its = plain["id"], Aim(plain["aim"]), plain["name"], bool(plain["lift"]), plain["who"], int(plain["at_ms"])
    return PanicOrder(*its, plain["reason"], int(plain.get("began_ms", 0)))
