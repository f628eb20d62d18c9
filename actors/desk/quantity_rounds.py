"""Looking at commitments and swaps again and again: alarms while one goes wrong, and a recount once an hour."""

from collections.abc import Callable, Iterator, Mapping

from actors.desk.core import Desk
from actors.desk.quantities import counted_of
from actors.home import machine_ms
from domain.directory import Partner
from domain.ids import PartnerId
from domain.money import decimal_text
from domain.quantities.standing import Counted, Verdict, commitment_standing, swap_standing
from domain.quantities.volumes import Commitment, Swap, Volume

QUANTITIES_S = 5.0
RECOUNT_MS = 3_600_000
"""So often what calls brought is counted anew, machine time: charges are corrected after their calls ended."""
Alarm = Callable[[str, str, str], None]


class QuantityRounds:
    """Invariant: there is an alarm for each commitment that the pace will miss, and each swap that left its band."""

    def __init__(self, desk: Desk, alarm: Alarm) -> None:
        self._desk, self._alarm = desk, alarm
        self._raised: set[str] = set()
        self._counted_ms = machine_ms()

    async def look(self) -> None:
        """Raise alarms, and clear those of before."""
        world = self._desk.world
        volumes = world.index.directory.volumes if world is not None else ()
        if not volumes and not self._raised:
            return
        if volumes and machine_ms() - self._counted_ms > RECOUNT_MS:
            self._counted_ms = machine_ms()
            self._desk.quality_stale.set()
        counted = await counted_of(self._desk) if volumes else {}
        partners = world.index.directory.partners if world is not None else {}
        raised = dict(_alarms(volumes, counted, self._desk.now_ms(), partners))
        known = {one.title for one in volumes if counted.get(one.title) is None}  # of these nothing is known now
        for title in self._raised - raised.keys() - known:
            self._alarm(title, "", "warning")
        for title, text in raised.items():
            self._alarm(title, text, "warning")
        self._raised = (self._raised & known) | raised.keys()


def _alarms(
    volumes: tuple[Volume, ...], counted: dict[str, Counted | None], now_ms: int, partners: Mapping[PartnerId, Partner]
) -> Iterator[tuple[str, str]]:
    for one in volumes:
        its = counted.get(one.title)
        if its is not None and isinstance(one, Commitment):
            vendor = partners.get(one.partner)
            text = commitment_alarm(one, its, now_ms, vendor.currency if vendor is not None else "")
            if text:
                yield one.title, text
        elif its is not None and isinstance(one, Swap):
            text = swap_alarm(one, its, now_ms)
            if text:
                yield one.title, text


def commitment_alarm(its: Commitment, counted: Counted, now_ms: int, currency: str) -> str:
    """Say that a commitment will be missed at the pace of late; "" where it will not, or is less behind than agreed.

    `currency`: of the vendor's contract.
    """
    stands = commitment_standing(its, counted, now_ms)
    if stands.verdict is not Verdict.BEHIND:
        return ""
    risk = "" if not stands.at_risk else f", {decimal_text(stands.at_risk)} {currency} at risk"
    paces = f"{_amount(its, stands.pace)} a day, {_amount(its, stands.needed)} needed"
    return (
        f"commitment {its.id} to {its.partner} will miss {_amount(its, stands.missing)} of "
        f"{_amount(its, stands.target)}{risk}: {paces}; {stands.behind_bp / 100:.1f} % behind"
    )


def swap_alarm(its: Swap, counted: Counted, now_ms: int) -> str:
    """Say that a swap has left its band; "" where it has not."""
    stands, (low, high) = swap_standing(its, counted, now_ms), its.band
    if stands.verdict not in (Verdict.BELOW, Verdict.ABOVE):
        return ""
    ours = "we sent too much" if stands.verdict is Verdict.BELOW else "we owe traffic"
    band = f"{_amount(its, low)} to {_amount(its, high)}"
    return f"swap {its.id} with {its.partner} stands at {_amount(its, stands.balance)}, its band is {band}: {ours}"


def _amount(its: Volume, amount: int) -> str:
    if its.currency is not None:
        return f"{decimal_text(amount)} {its.currency}"
    sign, minutes = "-" if amount < 0 else "", abs(amount) // 60
    return f"{sign}{minutes:,} min"
