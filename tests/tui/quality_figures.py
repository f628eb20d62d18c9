"""Quality in fixed figures: vendors to destinations of the demo, one of them out, one warned, one tried."""

import math
from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from protos import operators_pb2 as op
from protos import quality_pb2 as pb
from protos import route_tree_pb2 as tree
from protos import routes_pb2 as rt
from tests.tui.figures import NOW_MS, money

KENYA, UK, ECUADOR, NIGERIA, INDIA = range(1, 6)
NAMES = {
    KENYA: ("Kenya Mobile Safaricom", "KE", "254722000000"),
    UK: ("United Kingdom Mobile", "GB", "447911000000"),
    ECUADOR: ("Ecuador Mobile", "EC", "593990000000"),
    NIGERIA: ("Nigeria Mobile MTN", "NG", "234803000000"),
    INDIA: ("India Mobile", "IN", "919810000000"),
}
ROUTES = (
    ("kestrel", UK, 18_422, 8_411, "active", ""),
    ("nordlink", KENYA, 9_817, 2_356, "out", "asr 24.0 (17.5–31.9, 100 calls) is beyond 35"),
    ("savanna", KENYA, 8_214, 4_010, "active", ""),
    ("kestrel", ECUADOR, 5_020, 2_461, "active", ""),
    ("bluewire", UK, 4_871, 1_822, "warned", "asr 37.4 (32.1–43.0, 100 calls) is beyond 40"),
    ("nordlink", NIGERIA, 1_204, 398, "probing", "its rest is over"),
    ("kestrel", INDIA, 912, 471, "trial", "the batch passed: asr 41.0 (29.4–53.6, 50 calls)"),
    ("tessera", KENYA, 188, 61, "locked-out", "ticket 7: false answers"),
    ("savanna", NIGERIA, 41, 22, "active", ""),
)
SINCE = {"out": 372_000, "warned": 94_000, "probing": 41_000, "trial": 610_000, "locked-out": 26_000_000}


def row(vendor: str, where: int, attempts: int, answered: int, standing: str, why: str) -> pb.QualityRow:
    asr = 100 * answered / attempts
    wide = 98 * math.sqrt(asr * (100 - asr) / attempts) / 50
    talk_s = answered * (95 + 31 * where)
    its = pb.QualityRow(
        partner=vendor, destination=where, destination_name=NAMES[where][0], attempts=attempts, answered=answered,
        effective=attempts - attempts // 21, open=attempts // 97, talk_s=talk_s, short=answered // 29,
        cost=money(f"{talk_s * 7 / 6000:.2f}"), pdd_p50_s=1.1 + where / 3, pdd_p95_s=3.4 + where,
        causes=[
            pb.CauseCount(cause_class="answered", calls=answered),
            pb.CauseCount(cause_class="user does not answer", calls=attempts // 4),
            pb.CauseCount(cause_class="no circuit", calls=attempts // 21),
        ],
        figures=pb.LeanedFigures(
            asr=asr + 0.4, ner=94.8, acd_s=95 + 31 * where, pdd_p50_s=1.5, pdd_p95_s=4.4, short_pct=3.4,
            asr_low=asr - wide, asr_high=asr + wide,
        ),
    )  # fmt: skip
    if standing != "active":
        its.standing, its.since_ms, its.why = standing, NOW_MS - SINCE[standing], why
        its.out = int(standing in ("out", "probing", "locked-out"))
    return its


def rows(request: pb.QualityRequest) -> pb.QualityRows:
    """Rows of the level, the first word of the filter looked for."""
    found = [row(*one) for one in ROUTES]
    if request.side == "client":
        found = [row("callwell", UK, 23_293, 10_233, "active", ""), row("orbita", KENYA, 18_219, 6_427, "active", "")]
    for one in found:
        if request.level == "country":
            one.country, one.destination, one.destination_name = NAMES[one.destination][1], 0, ""
        elif request.level == "trunk":
            one.trunk, one.destination, one.destination_name = f"{one.partner}-{one.destination}", 0, ""
        elif request.level == "partner":
            one.destination, one.destination_name = 0, ""
        elif request.level == "destination":
            one.partner = ""
        if request.level in ("country", "trunk", "partner", "destination"):
            one.standing = one.why = ""
    words = request.text.lower().split()
    found = [
        one for one in found
        if request.partner in ("", one.partner) and request.destination in ("", one.destination_name)
        and all(its in f"{one.partner} {one.destination_name} {one.standing}".lower() for its in words)
    ]  # fmt: skip
    if request.sort == "asr":
        found.sort(key=lambda one: one.answered / one.attempts)
    if request.sort == "state":
        found.sort(key=lambda one: not one.standing)
    return pb.QualityRows(
        rows=found[request.offset :][: request.limit], total=len(found), window=request.window, now_ms=NOW_MS
    )


def courses(request: pb.QualityCoursesRequest) -> pb.QualityCourses:
    """A day by hours: one that falls where the vendor is out."""
    return pb.QualityCourses(
        courses=[pb.QualityCourse(key=key, stretches=[stretch(key, at) for at in range(25)]) for key in request.keys],
        window=request.window, now_ms=NOW_MS,
    )  # fmt: skip


def stretch(key: pb.QualityKey, at: int) -> pb.QualityStretch:
    calls = 0 if at in (3, 4) else round(300 + 220 * math.sin(at / 4))
    asr = (0.46 if at < 19 else 0.24) if key.partner == "nordlink" else 0.48 + 0.06 * math.sin(at)
    answered = round(calls * asr)
    return pb.QualityStretch(
        from_ms=NOW_MS - (24 - at) * 3_600_000, attempts=calls, answered=answered, ended_answered=answered,
        talk_s=round(answered * (140 + 40 * math.sin(at / 3))),
    )  # fmt: skip


def sums(calls: int, asr: float) -> pb.QualitySums:
    answered = round(calls * asr)
    return pb.QualitySums(
        attempts=calls, answered=answered, effective=calls - calls // 20, talk_ms=answered * 131_000,
        short=answered // 25,
        pdd_p50_ms=1_800, pdd_p95_ms=4_900, asr_low=max(0.0, 100 * asr - 4), asr_high=100 * asr + 4,
        charge=money("18.44"),
        classes=[pb.CauseCount(cause_class="answered", calls=answered)],
        causes=[
            pb.CauseSeen(cause=19, words="no answer from user", cause_class="user does not answer", calls=calls // 4),
            pb.CauseSeen(cause=34, words="no circuit available", cause_class="no circuit", calls=calls // 9),
            pb.CauseSeen(cause=17, words="user busy", cause_class="user busy", calls=calls // 12),
        ],
    )  # fmt: skip


def buckets(request: pb.QualityPeriod) -> pb.QualityBuckets:
    """Quarters of an hour of a day."""
    start, width = NOW_MS // 900_000 * 900_000 - 95 * 900_000, 900_000
    told = [
        pb.QualityBucket(
            from_ms=start + at * width, until_ms=start + (at + 1) * width,
            sums=sums(round(80 + 60 * math.sin(at / 11)), 0.24 if at > 88 else 0.46 + 0.05 * math.sin(at)),
        )
        for at in range(96)
    ]  # fmt: skip
    return pb.QualityBuckets(buckets=told, total=sums(8_214, 0.42), from_ms=start, until_ms=NOW_MS, bucket_s=900)


def causes(request: pb.QualityPeriod) -> pb.QualityCauses:
    until = request.until_ms or NOW_MS
    return pb.QualityCauses(total=sums(980, 0.42), from_ms=request.from_ms or until - 3_600_000, until_ms=until)


def measure(value: float, calls: int = 100) -> rt.RouteMeasure:
    return rt.RouteMeasure(name="asr", value=value, low=value - 7.5, high=value + 8.8, calls=calls)


def states(request: rt.RouteStatesQuery) -> rt.RouteStates:
    found = [
        rt.RouteStateEntry(
            vendor=vendor, destination=where, destination_name=NAMES[where][0], standing=standing, why=why,
            watch="by hand" if standing == "locked-out" else "asr=35 asr_warn=40", since_ms=NOW_MS - SINCE[standing],
            batch=2 if standing == "probing" else 0, calls=31, measures=[measure(100 * answered / attempts)],
        )
        for vendor, where, attempts, answered, standing, why in ROUTES
        if standing != "active" and request.vendor in ("", vendor)
        and request.destination.lower() in NAMES[where][0].lower()
    ]  # fmt: skip
    return rt.RouteStates(states=found, total=len(found))


STEPS = (
    (41_000, "nordlink", NIGERIA, "out", "probing", "its rest is over", ""),
    (94_000, "bluewire", UK, "active", "warned", "asr 37.4 (32.1–43.0, 100 calls) is beyond 40", ""),
    (341_000, "nordlink", NIGERIA, "active", "out", "asr 22.0 (15.0–31.1, 100 calls) is beyond 35", ""),
    (372_000, "nordlink", KENYA, "warned", "out", "asr 24.0 (17.5–31.9, 100 calls) is beyond 35", ""),
    (610_000, "kestrel", INDIA, "probing", "trial", "the batch passed: asr 41.0 (29.4–53.6, 50 calls)", ""),
    (26_000_000, "tessera", KENYA, "active", "locked-out", "ticket 7: false answers", "ada"),
)


def events(request: rt.RouteEventsQuery) -> rt.RouteEvents:
    found = [
        rt.RouteEventEntry(
            number=100 - at, at_ms=NOW_MS - ago, vendor=vendor, destination=where, destination_name=NAMES[where][0],
            watch="asr=35", before=before, after=after, why=why, measures=[measure(24.0)] if not who else [], who=who,
        )
        for at, (ago, vendor, where, before, after, why, who) in enumerate(STEPS)
        if request.vendor in ("", vendor) and request.destination.lower() in NAMES[where][0].lower()
    ]  # fmt: skip
    return rt.RouteEvents(events=found, total=len(found))


def page(request: tree.RouteTreeQuery) -> tree.RouteTreePage:
    """Five countries of one destination each, and Kenya with three that nobody calls."""
    quiet = [("Kenya Fixed", "KE"), ("Kenya Mobile Airtel", "KE"), ("Kenya Special Services", "KE")]
    nodes = [node(where) for where in NAMES]
    nodes += [
        tree.RouteNode(country=country, title=title, destination=70 + at, number=f"2542{at}0000000", destinations=1)
        for at, (title, country) in enumerate(quiet)
    ]
    if request.country:
        nodes = [one for one in nodes if one.country == request.country]
    elif not request.text:
        nodes = [one for one in nodes if one.destination < 70]
        for one in nodes:
            one.destinations = 4 if one.country == "KE" else 12
            one.title, one.destination, one.number = one.title.partition(" Mobile")[0], 0, ""
    nodes = [
        one for one in nodes if all(its in f"{one.title} {one.country}".lower() for its in request.text.lower().split())
    ]
    nodes.sort(key=lambda one: -one.attempts)
    every = tree.RouteNode()
    for one in nodes:
        every.attempts += one.attempts
        every.answered += one.answered
        every.ended_answered += one.ended_answered
        every.talk_s += one.talk_s
        every.open += one.open
        every.out_count += one.out_count
    return tree.RouteTreePage(nodes=nodes, total=len(nodes), all=every, window=request.window, now_ms=NOW_MS)


def node(where: int) -> tree.RouteNode:
    its = [row(*one) for one in ROUTES if one[1] == where]
    title, country, number = NAMES[where]
    out = sorted(one.partner for one in its if one.out)
    return tree.RouteNode(
        country=country, title=title, destination=where, number=number, destinations=1,
        attempts=sum(one.attempts for one in its), answered=sum(one.answered for one in its),
        ended_answered=sum(one.answered for one in its), effective=sum(one.effective for one in its),
        talk_s=sum(one.talk_s for one in its), open=sum(one.open for one in its), vendors=len(its) - len(out), out=out,
        out_count=len(out),
    )  # fmt: skip


def ordered(request: rt.RouteOrder) -> op.Changed:
    done = {"out": "out, until another order", "in": "back in, watched as before", "probe": "a batch of tries begins"}
    return op.Changed(what=f"{request.vendor} to {request.destination}: {done[request.order]}")


QUALITY_ANSWERS: dict[str, Callable[[Any], Message]] = {
    "QualityService/List": rows,
    "QualityService/Courses": courses,
    "QualityService/Buckets": buckets,
    "QualityService/Causes": causes,
    "RoutesService/States": states,
    "RoutesService/Events": events,
    "RoutesService/Order": ordered,
    "RouteTreeService/Tree": page,
}
