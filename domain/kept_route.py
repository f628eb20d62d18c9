"""A route's state as it is kept beyond the process that made it, and how it is told of."""

from dataclasses import dataclass

from domain.ids import DestinationId, PartnerId
from domain.route_states import LOCKED, Standing
from domain.route_watch import Action, Watch

AWAY = (Standing.LOCKED_OUT, Standing.OUT, Standing.PROBING)
"""Who stands so is left out of the lists of calls or, where its watch says so, last in them."""
LAST = "last"
"""The word for a route that is out by a watch which leaves it in the lists, behind the others."""


@dataclass(frozen=True, slots=True)
class KeptState:
    """A route's state as the catalog keeps it; `why`: what brought it there. `watch` None: ordered by hand."""

    watch: Watch | None
    vendor: PartnerId
    destination: DestinationId
    standing: Standing
    since_ms: int
    why: str
    until_ms: int | None = None
    batch: int = 0

    @property
    def stands(self) -> str:
        """Return how it stands, in a word."""
        return word_of(self.standing, self.watch)

    @property
    def is_new(self) -> bool:
        """Say whether it is tried since nothing is known of it yet (Watch.new): nothing is against it."""
        return self.standing is Standing.PROBING and not self.batch

    @property
    def is_last(self) -> bool:
        """Say whether it stands behind the others in the lists of calls, and is not left out of them."""
        if self.standing not in AWAY or self.standing in LOCKED or self.is_told_only:
            return False
        return self.is_new or (self.watch is not None and self.watch.action is Action.LAST)

    @property
    def is_out(self) -> bool:
        """Say whether it is left out of the lists of calls, but for tries."""
        return self.standing in AWAY and not (self.is_last or self.is_told_only)

    @property
    def is_told_only(self) -> bool:
        """Say whether nobody is kept from any call by it: it is what the policy would do."""
        return self.watch is not None and told_only(self.watch, self.standing)


def word_of(standing: Standing, watch: Watch | None) -> str:
    """Return a standing in a word; of what is out only as far as it stands behind the others: LAST."""
    last = standing is Standing.OUT and watch is not None and watch.action is Action.LAST
    return LAST if last else standing.value


def told_only(watch: Watch, standing: Standing) -> bool:
    """Say whether a watch tells of a standing, and does nothing (Action.TELL)."""
    return watch.action is Action.TELL and standing in (Standing.OUT, Standing.PROBING, Standing.TRIAL)
