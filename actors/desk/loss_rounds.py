"""The desk's part in allowed losses: an alarm where a budget is nearly, or wholly, used up."""

from collections.abc import Callable

from actors.desk.core import Desk
from actors.desk.loss_use import loss_boards, use_now
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
        now_ms = self._desk.now_ms()
        base = world.index.directory.base_currency if world is not None else ""
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
        text = "; ".join(near)
        self._alarm(NEAR, f"allowed losses of which {NEAR_PERCENT} % are used: {text}" if near else "", "warning")
        text = "; ".join(used_up)
        self._alarm(UP, f"allowed losses that are used up: {text}" if used_up else "", "error")


def _words(loss: AllowedLoss, use: LossUse, base: str) -> str:
    aside = f" and {decimal_text(use.aside, 2)} set aside for open calls" if use.aside else ""
    lost = f"{decimal_text(use.lost, 2)} of {decimal_text(loss.budget, 2)} {base}{loss.words} lost"
    return f"{loss.id} of {loss.client}: {lost}{aside}"
