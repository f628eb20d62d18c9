"""Ready policies to begin with: each is an ordinary one, taken as it is or with fields of one's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from domain.errors import InputError, NotFoundError
from domain.policies.policy import Policy, Unmet


@dataclass(frozen=True, slots=True)
class Ready:
    """A policy of the library and what it is for. `needs`: a field that is to be given with it, and an example."""

    policy: Policy
    words: str
    needs: tuple[str, str] | None = None


_QUALITY = "asr * acd / pdd_p50"

LIBRARY = (
    Ready(
        Policy("least-cost", order="price, then real_cost"),
        "the lowest price of a minute first; calls that would lose money are left out as always",
    ),
    Ready(
        Policy("real-least-cost", order="real_cost, then price"),
        "the lowest cost of a real minute first: what increments and connect fees make of the price over the durations "
        "that calls there have; what holds where no policy says anything",
    ),
    Ready(
        Policy("quality", order=f"{_QUALITY}, then real_cost", window="24h"),
        "the best quality first, of a day: many answers, long talk, quick ringing, whatever it costs short of a loss",
    ),
    Ready(
        Policy("balanced", order="real_cost * (150 - asr), then pdd_p50", window="24h"),
        "real cost and quality together: each per cent less of answers weighs as much as a cost some 1 % higher",
    ),
    Ready(
        Policy("earnings", order="most margin * acd / 60 * asr / 100, then real_cost", window="24h"),
        "what an attempt earns on the average first: margin a minute, minutes an answered call, answers",
    ),
    Ready(
        Policy("top-3", order=f"round(price, 0.001), then {_QUALITY}", max_routes=3),
        "the three cheapest; of those within a tenth of a cent of each other the better one first",
    ),
    Ready(
        Policy("round-robin", order="real_cost, then price", split="even", max_routes=3),
        "the three of the least real cost take turns in being first, and stand behind each other",
    ),
    Ready(
        Policy("percentage", order="real_cost, then price"),
        'vendors have the parts of the calls that you name, split="kestrel:60, savanna:40"; real cost behind them',
        ("split", "kestrel:60, savanna:40"),
    ),
    Ready(
        Policy("proportional", order="real_cost, then price", split="by asr * acd / real_cost", window="24h"),
        "of those listed each is first for a part of the calls in proportion to its talk time an attempt, of a day, "
        "for the money",
    ),
    Ready(
        Policy("target-asr", order="real_cost, then price", keep="asr >= 40", unmet=Unmet.BEST, window="24h"),
        "the cheapest of those who answer 40 of 100 calls of a day; where nobody does, all of them, and it is reported",
    ),
    Ready(
        Policy("commitments", order="most commit_behind_pct > 5, then real_cost"),
        "vendors first whose volume commitment lags behind, until it has caught up or is filled; then real cost",
    ),
    Ready(
        Policy(
            "swap",
            only="swap_pct > -90",
            order="if swap_pct >= 50 then 0 else if swap_pct <= -50 then 2 else 1, then real_cost",
        ),
        "partners first to whom we owe traffic of a swap, last whom we sent nearly too much, not at all shortly before "
        "the low end of the band",
    ),
    Ready(
        Policy("cli-guaranteed", only="cli_guaranteed"),
        "only vendors that hand on the caller's number; says nothing about their order",
    ),
    Ready(
        Policy("few-short-calls", only="short_pct <= 20 or attempts < 50", window="24h"),
        "no vendor of which one answered call of five is over within 6 s, once 50 were tried in a day",
    ),
)
"""What can be taken by `policies set NAME --ready READY`."""


def taken(name: str, given: Mapping[str, str]) -> Policy:
    """Return the policy of a ready one to be taken with fields of one's own. Raises NotFoundError, InputError where it
    needs one that is not given."""
    found = ready(name)
    if found.needs is not None and not given.get(found.needs[0]):
        field, example = found.needs
        raise InputError(f"ready policy {name} needs its {field}", mend=f'Give {field}="{example}".')
    return found.policy


def ready(name: str) -> Ready:
    """Return a ready policy by its name. Raises NotFoundError, which offers near ones."""
    found = {one.policy.name: one for one in LIBRARY}
    if name not in found:
        near = get_close_matches(name, found, 1)
        mend = f"Did you mean {near[0]}?" if near else f"There is: {', '.join(found)}."
        raise NotFoundError(f"there is no ready policy {name!r}", mend=mend)
    return found[name]
