"""What a row of a CDR file says as a report, and its ids: those that a live record of the same leg would have."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from domain.booking import fingerprint_of
from domain.calls import CallReport, Door, Release, ReportKind, Side
from domain.directory import Recipe, Switch
from domain.ids import PartnerId, SwitchId, call_key, leg_id, normal_conf_id
from domain.placement import Placement
from domain.rates import Service

_UNKNOWN = Recipe("")
_IDS = {"call_key": pl.Binary, "leg_id": pl.Binary, "fingerprint": pl.Int64, "book": pl.Int64}


def report_of(row: Mapping[str, Any], switch: Switch | None, received_ms: int) -> CallReport:
    """Return a row (see cdr_file.Batch) as the report of an ended leg; `switch`: the one it names, if it is known."""
    recipe = switch.recipe if switch else _UNKNOWN
    return CallReport(
        door=Door.FILE,
        switch=SwitchId(row["switch"]),
        kind=ReportKind.STOP,
        side=Side(row["side"]),
        call_id=_call_id(row["call_id"], recipe),
        nas=row["switch"].encode(),
        session_id=row["session_id"].encode(),
        received_ms=received_ms,
        caller=row["a"],
        called=row["b"],
        remote=row["remote"],
        remote_port=row["remote_port"],
        trunk_hint=row["trunk"],
        mark=row["mark"],
        attempt=row["attempt"],
        setup_ms=row["setup_ms"],
        alert_ms=row["alert_ms"],
        connect_ms=row["connect_ms"],
        disconnect_ms=row["disconnect_ms"],
        duration_ms=row["duration_ms"],
        cause=row["cause"],
        release=Release(row["release_side"]),
        octets_in=row["octets_in"],
        octets_out=row["octets_out"],
        events=row["events"],
        service=Service(row["service"]) if row["service"] else None,
        branch=row["branch"],
        user=row.get("user", ""),
        line=row.get("line", ""),
    )


def with_ids(legs: pl.DataFrame, switches: Mapping[SwitchId, Switch], placement: Placement) -> pl.DataFrame:
    """Add call_key, leg_id, fingerprint and book to charged rows; equal to ids.call_key, reading.leg_identity,
    booking.fingerprint and Placement.book_of_call."""
    parts = []
    for (name,), of_switch in legs.group_by("switch", maintain_order=True):
        switch = switches[SwitchId(str(name))]
        parts.append(of_switch.hstack(_ids(of_switch, switch, placement)))
    return pl.concat(parts).sort("row") if parts else legs.hstack(pl.DataFrame(schema=_IDS))


def _ids(legs: pl.DataFrame, switch: Switch, placement: Placement) -> pl.DataFrame:
    answered = pl.col("connect_ms").is_not_null()
    said = (
        "call_id",
        "session_id",
        "side",
        "partner",
        "a_digits",
        "b_digits",
        answered,
        "duration_ms",
        "cause",
        "volume",
    )
    keys = {text: call_key(switch.id, _call_id(text, switch.recipe)) for text in legs["call_id"].unique()}
    books = {text: placement.book_of_call(key) for text, key in keys.items()}
    sides = {side.value: (side, side.encode()) for side in Side}
    lines = []
    for more, call, session, side_name, partner, a, b, answered, duration_ms, cause, volume in legs.select(
        _more(switch.recipe), *said
    ).rows():
        key, (side, origin) = keys[call], sides[side_name]
        its_id = leg_id(key, switch.id.encode(), session.encode(), origin, more.encode())
        mark = fingerprint_of(side, PartnerId(partner), a, b, answered, duration_ms, cause, volume)
        lines.append((key, its_id, mark, books[call]))
    return pl.DataFrame(lines, schema=_IDS, orient="row")


def _more(recipe: Recipe) -> pl.Expr:
    """What stands behind the session id in a leg's id, as in reading.leg_identity."""
    parts: list[pl.Expr] = []
    if recipe.setup_in_leg_id:
        parts += (pl.col("setup_ms").cast(pl.String), pl.col("mark"))
    if recipe.remote_in_leg_id:
        parts.append(pl.format("{}:{}", "remote", "remote_port"))
    if recipe.attempt_in_leg_id:
        parts.append(pl.col("attempt").cast(pl.String))
    before = pl.concat_str(parts, separator="|") if parts else pl.lit("")
    with_branch = pl.concat_str(*parts, "branch", separator="|")
    return pl.when(pl.col("branch") == "").then(before).otherwise(with_branch).alias("more")


def _call_id(text: str, recipe: Recipe) -> bytes:
    """Return the bytes that the switch would send: a conf-id normalised, any other call id as it is."""
    conf_id = any(name.endswith("conf-id") for name in recipe.call_id_attributes)
    return normal_conf_id(text) if conf_id else text.encode()
