"""Versions that are tried on a part of the calls, and both arms side by side, as tables."""

from cli import output
from protos.policies_pb2 import ArmDifference, Between, Canaries, Canary, CanaryArm, CanaryComparison

_WHAT = {"asr": "ASR %", "ner": "NER %", "acd": "ACD s", "pdd": "PDD s", "margin": "margin of a call"}


def write_canaries(page: Canaries) -> None:
    """Print trials, and what became of each."""
    output.table(
        (">trial", "policy", ">version", ">share", "beside", "since", "until", "by", "note", "ended", "how"),
        (_row(one) for one in page.canaries),
        "no version is tried: `switchboard policies canary POLICY FIELD=VALUE --share 10`",
    )


def write_comparison(found: CanaryComparison) -> None:
    """Print both arms, figure by figure, then whom their calls had."""
    canary, arms = found.canary, (found.current, found.tried)
    guards = [f"ASR by {canary.guard_asr_bp / 100:g} points"] if canary.guard_asr_bp else []
    guards += [f"margin by {canary.guard_margin_bp / 100:g} %"] if canary.guard_margin_bp else []
    output.pairs(
        [
            ("policy", f"{canary.policy} v{canary.version} on {_share(canary)} of the calls, beside v{canary.against}"),
            ("says", "; ".join(f"{name} {text}" for name, text in sorted(canary.values.items()))),
            ("calls", f"set up {output.when(canary.counted_ms)} to {output.when(found.until_ms)}, ended ones"),
            ("ends itself", f"where surely worse: {', '.join(guards)}" if guards and not canary.outcome else ""),
            ("ended", _ended(canary)),
        ]
    )
    output.section("both arms")
    output.table(
        ("", f">v{canary.against} in force", f">v{canary.version} canary", ">difference", "95 %", ""),
        _lines(arms, {one.what: one for one in found.differences}, canary.least_calls),
        "",
    )
    output.section("who had the calls last")
    output.table(
        ("vendor", ">in force", ">answered", ">minutes", ">canary", ">answered", ">minutes"), _vendors(*arms), "nobody"
    )


def _row(one: Canary) -> list[str]:
    until = output.when(one.until_ms) if one.HasField("until_ms") else ""
    ended = output.when(one.ended_ms) if one.HasField("ended_ms") else ""
    how = f"{one.outcome} by {one.ended_by}" + (f": {one.ended_note}" if one.ended_note else "") if ended else ""
    trial = [f"{one.id}", one.policy, f"{one.version}", _share(one), f"v{one.against}"]
    return [*trial, output.when(one.begun_ms), until, one.who, one.note, ended, how]


def _lines(arms: tuple[CanaryArm, CanaryArm], by: dict[str, ArmDifference], least: int) -> list[list[str]]:
    def plain(name: str, *texts: str) -> list[str]:
        return [name, *texts, "", "", ""]

    def told(what: str, *values: Between) -> list[str]:
        return [_WHAT[what], *map(_bounded, values), *_difference(by.get(what), least)]

    one, other = arms
    margins = [f"{arm.margin_call.value:.6f}" if arm.margin_call.HasField("value") else "" for arm in arms]
    return [
        plain("calls", *(output.count(arm.calls) for arm in arms)),
        plain("attempts", *(output.count(arm.attempts) for arm in arms)),
        plain("answered", *(output.count(arm.answered) for arm in arms)),
        told("asr", one.asr, other.asr),
        told("ner", one.ner, other.ner),
        told("acd", one.acd, other.acd),
        told("pdd", one.pdd, other.pdd),
        plain("minutes", *(f"{arm.minutes:,.1f}" for arm in arms)),
        plain("with the first vendor", *(f"{arm.first_minutes:,.1f}" for arm in arms)),
        plain("revenue", *(output.money(arm.revenue) for arm in arms)),
        plain("cost", *(output.money(arm.cost) for arm in arms)),
        plain("margin", *(output.money(arm.margin) for arm in arms)),
        [_WHAT["margin"], *margins, *_difference(by.get("margin"), least)],
        plain("decisions", *(output.count(arm.decided) for arm in arms)),
        plain("refused", *(output.count(arm.refused) for arm in arms)),
        plain("without a route", *(output.count(arm.no_route) for arm in arms)),
    ]


def _vendors(one: CanaryArm, other: CanaryArm) -> list[list[str]]:
    sides = [{part.vendor: part for part in arm.vendors} for arm in (one, other)]
    names = dict.fromkeys(name for side in sides for name in side)

    def side(place: int, name: str) -> list[str]:
        part = sides[place].get(name)
        return [output.count(part.calls), output.count(part.answered), f"{part.minutes:,.1f}"] if part else [""] * 3

    return [[name, *side(0, name), *side(1, name)] for name in names]


def _bounded(value: Between) -> str:
    if not value.HasField("value"):
        return ""
    return f"{value.value:.1f}" + (f" ({value.low:.1f}–{value.high:.1f})" if value.HasField("low") else "")


def _difference(one: ArmDifference | None, least: int) -> list[str]:
    if one is None or not one.difference.HasField("value"):
        return ["", "", ""]
    gap = one.difference
    low, value, high = (_figure(one.what, number) for number in (gap.low, gap.value, gap.high))
    bounds = f"{low} to {high}" if gap.HasField("low") else ""
    words = {"few": f"fewer than {least} calls", "even": "no difference is seen"}
    return [value, bounds, words.get(one.verdict, one.verdict)]


def _figure(what: str, value: float) -> str:
    return f"{value:+.6f}" if what == "margin" else f"{value:+.1f}"


def _share(one: Canary) -> str:
    return f"{one.share_bp / 100:g} %"


def _ended(one: Canary) -> str:
    if not one.outcome:
        return ""
    note = f": {one.ended_note}" if one.ended_note else ""
    return f"{output.when(one.ended_ms)}, {one.outcome} by {one.ended_by}{note}"
