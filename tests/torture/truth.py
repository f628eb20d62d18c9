"""What truly happened, as the switches know it: the one side of the comparison with the books."""

from collections import Counter
from dataclasses import dataclass, field

from cluster.demo.records import LiveLeg
from domain.calls import Side
from domain.ids import CallKey, SwitchId, call_key, normal_conf_id
from tests.torture.trade import TRADERS

KnownLeg = tuple[CallKey, Side, str, int, int]
"""A leg whose end is lost, as the books must have it: call, side, partner, seconds, charge in 10^-8 USD."""


@dataclass(frozen=True, slots=True)
class TrueLeg:
    """An ended leg as the books must have it; `charge` in 10^-8 USD."""

    call: CallKey
    side: Side
    partner: str
    answered: bool
    talk_s: int
    charge: int


@dataclass(slots=True)
class Truth:
    """All that was told since the switchboard's first start.

    Invariants: `acknowledged` are the legs whose Stop was answered: each must be in the books exactly once. `told` are
    those whose Stop was sent and not answered yet: they may be there, once. `asked` are calls whose question was given
    up: they may have a hold, which lapses, and never a leg.
    """

    acknowledged: Counter[TrueLeg] = field(default_factory=Counter)
    told: Counter[TrueLeg] = field(default_factory=Counter)
    asked: set[CallKey] = field(default_factory=set)
    calls: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    charged: Counter[tuple[str, Side]] = field(default_factory=Counter)
    """What the partners owe for acknowledged legs."""
    prices: dict[str, list[tuple[int, str]]] = field(default_factory=dict)
    """By partner: prices that came into force since the first, each from a moment (UTC ms)."""
    differing: int = 0
    """Ends that said otherwise than the first end of their leg: each waits for a person, once."""

    def leg(self, switch: SwitchId, partner: str, leg: LiveLeg) -> TrueLeg:
        """Return a leg that a switch knows as the books must have it."""
        charge = self.charge(partner, leg, leg.talked_s)
        answered = leg.connect_ms is not None
        return TrueLeg(key_of(switch, leg.call_id), leg.side, partner, answered, leg.talked_s, charge)

    def charge(self, partner: str, leg: LiveLeg, talk_s: int) -> int:
        """Return what a leg costs that has run for so long, in 10^-8 USD."""
        return TRADERS[partner].charge(leg.connect_ms, leg.setup_ms, talk_s, self.prices.get(partner, ()))

    def telling(self, leg: TrueLeg) -> None:
        """A Stop is about to be sent."""
        self.told[leg] += 1

    def acknowledge(self, leg: TrueLeg) -> None:
        """The Stop was answered."""
        self.told[leg] -= 1
        self.told += Counter()  # forgets zeros
        self.acknowledged[leg] += 1
        self.charged[leg.partner, leg.side] += leg.charge

    @property
    def legs(self) -> int:
        """How many legs must be in the books."""
        return self.acknowledged.total()

    def copy(self) -> "Truth":
        """Return the truth of this moment."""
        return Truth(
            Counter(self.acknowledged), Counter(self.told), set(self.asked), self.calls, Counter(self.refused),
            Counter(self.charged), dict(self.prices), self.differing,
        )  # fmt: skip


def key_of(switch: SwitchId, call_id: str) -> CallKey:
    """Return the key of a call; the ids of our doors are written in their normal form."""
    return call_key(switch, normal_conf_id(call_id))
