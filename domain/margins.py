"""The margin guard: what a call must earn over the whole call, by its policies and by its vendor (DESIGN §2, §6).

All floors count together, so the strictest one decides; and below zero none goes, whatever no floor says. Amounts here
are exact sums over a histogram of answered calls, in units x exchange rate: nothing is rounded but what is shown.
"""

from collections.abc import Callable
from dataclasses import dataclass

from domain.decisions import per_minute
from domain.directory import Partner
from domain.ids import PartnerId
from domain.losses import AllowedLoss
from domain.money import UNITS_PER_ONE, half_away
from domain.policies.rules import Rules

MARGIN = "margin over whole call"
WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Worth:
    """What a call is sold for and what it costs by one vendor, summed over answered calls of `seconds` together."""

    revenue: int
    cost: int
    seconds: int

    @property
    def margin(self) -> int:
        """What is earned; below zero: lost."""
        return self.revenue - self.cost

    def keeps(self, least_bp: int) -> bool:
        """Say whether the margin is this share of the revenue, basis points."""
        return self.margin * WHOLE_BP >= least_bp * self.revenue

    def brings(self, least: int) -> bool:
        """Say whether a real minute earns this much, base units."""
        return self.margin * 60 >= least * UNITS_PER_ONE * self.seconds


def below_floor(worth: Worth, rules: Rules, vendor: Partner) -> str:
    """Return why the guard refuses a vendor, with what is there and what is wanted; "" where every floor is kept."""
    own = vendor.options
    share_kept = worth.keeps(max(rules.min_margin_bp, own.min_margin_bp))
    if worth.margin >= 0 and share_kept and worth.brings(max(rules.min_margin, own.min_margin)):
        return ""
    text = f"{MARGIN}: sold {_a_minute(worth.revenue, worth)}, real cost {_a_minute(worth.cost, worth)}"
    if worth.margin < 0:
        return f"{text}, {_share(worth)}"
    if not share_kept:
        wanted = _wanted(own.min_margin_bp, rules.min_margin_bp, vendor, per_cent)
        return f"{text}, {wanted}, is {_share(worth)}"
    wanted = _wanted(own.min_margin, rules.min_margin, vendor, lambda units: f"{per_minute(units)}/min")
    return f"{text}, {wanted}, is {_a_minute(worth.margin, worth)}"


def allowed_by(worth: Worth, rules: Rules, vendor: PartnerId) -> tuple[AllowedLoss, ...]:
    """Return the allowances by each of which a call may go by a vendor though a floor is not kept: those of the vendor
    before those of all."""
    may = (loss for loss in rules.losses if loss.vendor in (None, vendor))
    found = [loss for loss in may if loss.most_bp is None or worth.keeps(-loss.most_bp)]
    return tuple(sorted(found, key=lambda loss: loss.vendor is None))


def loses_too_much(rules: Rules, vendor: PartnerId) -> str:
    """Say which allowances would hold for a vendor, if a call by it were expected to lose no more than they allow."""
    may = (loss for loss in rules.losses if loss.vendor in (None, vendor) and loss.most_bp is not None)
    return "".join(f"; allowed loss {loss.id}: at most {per_cent(loss.most_bp or 0)} of revenue" for loss in may)


def per_min(scaled: int, seconds: int) -> int:
    """Return base units per real minute of a sum in units x exchange rate; half away from zero."""
    return half_away(scaled * 60, seconds * UNITS_PER_ONE)


def per_cent(bp: int) -> str:
    """Write basis points as per cent: 9.41 %."""
    whole, rest = divmod(abs(bp), 100)
    return f"{'-' if bp < 0 else ''}{whole}.{rest:02} %"


def _a_minute(scaled: int, worth: Worth) -> str:
    return f"{per_minute(per_min(scaled, worth.seconds))}/min"


def _share(worth: Worth) -> str:
    """Write the margin as a share of the revenue: never so rounded that it would seem to keep the floor."""
    if not worth.revenue:
        return "without any revenue"
    scaled = worth.margin * WHOLE_BP
    share = scaled // worth.revenue if scaled >= 0 else min(-1, half_away(scaled, worth.revenue))
    return f"{per_cent(share)} of revenue"


def _wanted(own: int, general: int, vendor: Partner, text: Callable[[int], str]) -> str:
    """Say what is wanted: the stricter floor, and the other one beside it."""
    if own <= general:
        return f"at least {text(general)} wanted" + (f" (by {vendor.id} {text(own)})" if own else "")
    return f"at least {text(own)} wanted by {vendor.id}" + (f" (by policy {text(general)})" if general else "")
