"""Pins: an order that a partner is to live in a book, and the work of seeing that it does.

The order is durable first. A partner that was unpinned stays in the orders, pinned to its own home, until it is there:
so whatever breaks in between, it is settled in the end.
"""

from functools import partial

from actors.desk.core import Desk
from actors.desk.placing import order
from actors.refs import UnavailableError
from domain.commands import Done, MovePartner
from domain.errors import ConflictError, InputError
from domain.ids import PartnerId
from domain.placement import Orders

SETTLE_S = 10.0
TRIES = 3


async def pin(desk: Desk, partner: PartnerId, book: int | None) -> str:
    """Let a partner live in a book, None: in that of its name; return what happened.

    Raises InputError where there is no such book or partner; ConflictError where it lives there already.
    """
    placement = desk.home.placement
    if book is not None and book >= placement.books:
        raise InputError(f"there is no book {book}", mend=f"Books are 0 to {placement.books - 1}.")
    await desk.read(lambda catalog: catalog.partners.get(partner))
    wanted = placement.home_of_partner(partner) if book is None else book
    if placement.book_of_partner(partner) == wanted and (book is None) == (partner not in placement.pins):
        raise ConflictError(f"partner {partner} lives in book {wanted} already")
    await order(desk, partial(Orders.pinned, partner=partner, book=wanted))
    there = await settle(desk, partner, wanted)
    how = "pinned to" if book is not None else "back in"
    return f"partner {partner} is {how} book {wanted}" + ("" if there else "; it moves as soon as its book answers")


async def settle(desk: Desk, partner: PartnerId, book: int) -> bool:
    """Move a partner to its book where it is not there; return whether it is."""
    try:
        for _ in range(TRIES):
            reply = await desk.books.of_partner(partner).ask(MovePartner(partner, book), SETTLE_S)
            if reply == Done(0):
                break
        else:
            return False
    except UnavailableError:
        return False
    if book == desk.home.placement.home_of_partner(partner) and partner in desk.home.orders().pins:
        await order(desk, partial(_at_home, partner=partner, book=book))
    return True


def _at_home(orders: Orders, partner: PartnerId, book: int) -> Orders:
    """Return orders without a pin to a partner's own book; it may have been pinned elsewhere while it moved."""
    return orders.pinned(partner, None) if orders.pins.get(partner) == book else orders


async def settle_all(desk: Desk) -> None:
    """Move all partners to where they are pinned: what a crash came between is done now."""
    for partner, book in desk.home.orders().pins.items():
        await settle(desk, partner, book)


def lives_in(desk: Desk, partner: PartnerId) -> int:
    """Return the book that has a partner, -1 while it is on its way. Reads the books: run it in a thread."""
    home = desk.home.placement.home_of_partner(partner)
    places = {number: book.whereabouts(partner) for number, book in desk.reader.every()}
    here = [number for number, place in places.items() if place == number or (place is None and number == home)]
    return here[0] if len(here) == 1 else -1
