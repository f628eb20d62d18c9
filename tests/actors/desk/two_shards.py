"""A desk of two shards without Ray: their books are real, and each shard answers or is away, as a test says."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from actors.desk.core import Desk
from actors.shard import Shard
from actors.shard_users import user_uses
from actors.trial import would_grant
from domain.commands import Command, PlaceHold, Reply
from domain.ids import EndUserId, PartnerId
from domain.settings import Settings
from store.book import Book
from tests.cluster.tasks.places import NOW


@dataclass(slots=True)
class Method:
    """A method of an actor, as Ray's handles have it."""

    work: Callable[..., Any]
    away: bool

    async def remote(self, *args: Any, **named: Any) -> Any:
        """Do it, or be away."""
        if self.away:
            raise TimeoutError
        return self.work(*args, **named)


@dataclass(slots=True)
class ShardActor:
    """What a shard's actor answers the desk, from its book."""

    shard: Shard
    away: bool = False

    def __getattr__(self, name: str) -> Method:
        return Method(getattr(Answers(self.shard), name), self.away)


@dataclass(slots=True)
class Answers:
    """The answers of actors.shard_actor, at one moment."""

    shard: Shard

    def partner_money(self, names: Sequence[PartnerId]) -> Any:
        """What each has."""
        return self.shard.partner_money(names)

    def partner_use(self, partner: PartnerId) -> Any:
        """What is in use of its limits."""
        return self.shard.partner_use(partner, NOW)

    def limit_use(self, book: int, *, soft_only: bool) -> Any:
        """What is used of each limit."""
        return self.shard.limit_use(NOW, soft_only=soft_only)

    def user_uses(self, partner: PartnerId, users: Sequence[EndUserId]) -> Any:
        """What end users use."""
        return user_uses(self.shard, partner, users, NOW)

    def would_grant(self, command: PlaceHold) -> Any:
        """What a hold would be answered with."""
        return would_grant(self.shard, command)


@dataclass(slots=True)
class TwoShards:
    """Shards by name; `handle` is in place of Ray's."""

    actors: dict[str, ShardActor] = field(default_factory=dict)

    def handle(self, name: str) -> ShardActor:
        """Return a shard. Raises ValueError where there is none."""
        if name not in self.actors:
            raise ValueError(name)
        return self.actors[name]

    def do(self, partner: str, desk: Desk, *commands: Command) -> list[Reply]:
        """Let the shard of a partner do commands."""
        placement = desk.home.placement
        name = placement.shard_of_book(placement.book_of_partner(PartnerId(partner)))
        return [self.actors[name].shard.turn([command])[0][0] for command in commands]


@contextmanager
def of_two_shards(desk: Desk) -> Iterator[TwoShards]:
    """Let a desk have two shards of one book each, by the directory of its catalog."""
    desk.home = replace(desk.home, settings=Settings.model_validate({"store": {"books": 2}}))
    desk.home.books.mkdir(parents=True, exist_ok=True)
    its = TwoShards()
    for number, name in enumerate(desk.home.placement.shard_names):
        book = Book.open("", desk.home.books, number)
        shard = Shard(book, desk.catalog.directory(), desk.home.hold_times(), desk.home.placement)
        shard.recover()
        its.actors[name] = ShardActor(shard)
    yield its
    for actor in its.actors.values():
        actor.shard.book.close()
