"""The desk's part in allowed losses: an alarm where a budget is nearly, or wholly, used up."""

from collections.abc import Callable, Iterable

from actors.desk.core import Desk
from actors.desk.loss_use import Boards, loss_boards, use_now
from domain.losses import AllowedLoss, LossUse
from domain.money import decimal_text

EVERY_S = 2.0
NEAR_PERCENT = 80
NEAR, UP = "losses near", "losses used up"


class LossRounds:
    """Looks at all budgets again and again; what is away says nothing, and its alarms stay."""

    def __init__(self, desk: Desk, alarm: Callable[[str, str, str], None]) -> None:
        self._desk, self._alarm = desk, alarm

    async def look(self) -> None:
        """Look once."""
        world = self._desk.world
        losses = world.index.directory.losses if world is not None else ()
        boards = await loss_boards(self._desk) if losses else {}
        if boards is None:
            return
        base = world.index.directory.base_currency if world is not None else ""
        near, used_up = told_of(losses, boards, self._desk.now_ms(), base)
        self._alarm(NEAR, near, "warning")
        self._alarm(UP, used_up, "error")


def told_of(losses: Iterable[AllowedLoss], boards: Boards, now_ms: int, base: str) -> tuple[str, str]:
    """Return what is to be told of budgets that are nearly used up, and of those that are; "" for none."""
    near: list[str] = []
    used_up: list[str] = []
    for loss in losses:
        if loss.until_ms is not None and now_ms >= loss.until_ms:
            continue
        use = use_now(loss, boards, now_ms)
        if use.taken >= loss.budget:
            used_up.append(_words(loss, use, base))
        elif 100 * use.taken >= NEAR_PERCENT * loss.budget:
            near.append(_words(loss, use, base))
    return (
        f"allowed losses of which {NEAR_PERCENT} % are used: {'; '.join(near)}" if near else "",
        f"allowed losses that are used up: {'; '.join(used_up)}" if used_up else "",
    )


def _words(loss: AllowedLoss, use: LossUse, base: str) -> str:
    aside = f" and {decimal_text(use.aside, 2)} set aside for open calls" if use.aside else ""
    lost = f"{decimal_text(use.lost, 2)} of {decimal_text(loss.budget, 2)} {base}{loss.words} lost"
    return f"{loss.id} of {loss.client}: {lost}{aside}"
