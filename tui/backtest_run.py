"""One back-test as a screen runs it: how far it is, and what came of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from protos import backtests_pb2 as pb
from tui.link import Link, LinkError
from tui.moments import moment_of

DAY_MS = 86_400_000
_SIDES = ("then", "now")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(slots=True)
class BacktestRun:
    """Invariant: `result` is None until it has ended well, `trouble` "" until it failed."""

    query: pb.BacktestQuery
    step: pb.BacktestStep = field(default_factory=pb.BacktestStep)
    result: pb.BacktestResult | None = None
    trouble: str = ""

    async def run(self, link: Link) -> None:
        """Run to the end; who stops waiting calls it off."""
        try:
            async for step in link.steps(lambda services: services.backtests.Run, self.query):
                self.step = step
                if step.HasField("result"):
                    self.result = step.result
        except LinkError as failed:
            self.trouble = str(failed)


def query_of(values: Mapping[str, str], now_ms: int) -> pb.BacktestQuery:
    """Return what is asked for by the lines of a form. Raises ValueError, in a sentence."""
    if bool(values["policy"]) is bool(values["order"]):
        raise ValueError("give a policy or an order, one of them")
    from_ms, until_ms = (moment_of(values[end], now_ms) or now_ms for end in ("from", "to"))
    if _DAY.fullmatch(values["to"]):
        until_ms += DAY_MS  # a day is meant whole
    if until_ms <= from_ms:
        raise ValueError("it ends before it begins")
    if values["quality"] not in ("", *_SIDES):
        raise ValueError("quality is `then` or `now`")
    return pb.BacktestQuery(
        policy=values["policy"],
        order=values["order"],
        against=values["against"],
        client=values["client"],
        from_ms=from_ms,
        until_ms=until_ms,
        sample_bp=_sample(values["sample"]),
        quality=values["quality"],
    )


def _sample(text: str) -> int:
    try:
        share = float(text.removesuffix("%").strip() or 100)
    except ValueError:
        raise ValueError(f"{text!r} is no part of the calls: give per cent, such as 10") from None
    if not 0.01 <= share <= 100:
        raise ValueError("the sample is 0.01 to 100 per cent")
    return round(share * 100)
