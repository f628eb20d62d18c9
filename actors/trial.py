"""What a hold would be answered with, asked for a person: nothing is placed, counted or written."""

from actors.shard import Shard
from domain.commands import Granted, PlaceHold, Refused
from domain.partner import Partner


def would_grant(shard: Shard, command: PlaceHold) -> Granted | Refused:
    """Return the answer of now, by the limits of now; the shard's writer asks, between two turns."""
    shard.limits.enter(shard.directory, shard.partners)
    name = command.partner
    partner = shard.partners.get(name) or Partner(name, limits=shard.limits.book_of(name))
    _, reply = partner.place_hold(command, shard.directory.partners.get(name), shard.times)
    return reply
