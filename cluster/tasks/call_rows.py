"""Calls of a client as an invoice's and an end user's bill list them: legs that were answered or cost something."""

from collections.abc import Iterator

import polars as pl

from actors.home import Home
from cluster.tasks.batch_world import open_catalog
from cluster.tasks.leg_frames import AT, LEG_SCHEMA, within
from domain.ids import DestinationId
from domain.invoicing import CallRow
from domain.rates import Service, Unit

LISTED = {
    name: LEG_SCHEMA[name]
    for name in (
        "connect_ms setup_ms a b destination duration_ms billed_s price charge service unit volume billed_volume leg_id"
    ).split()
}
"""The columns of a leg of which its row is made."""


def billed(from_ms: int, to_ms: int) -> tuple[pl.Expr, pl.Expr]:
    """Return which legs are listed of a period [from, to), UTC ms."""
    return within(from_ms, to_ms), pl.col("connect_ms").is_not_null() | (pl.col("charge") != 0)


def destination_names(home: Home) -> dict[DestinationId, str]:
    """Return the names of the reference book."""
    catalog = open_catalog(home)
    try:
        return {number: known.name for number, known in catalog.codes.destinations().items()}
    finally:
        catalog.close()


def call_rows(legs: pl.DataFrame, names: dict[DestinationId, str]) -> Iterator[CallRow]:
    """Yield legs with the columns LISTED as rows, in order of time; what is no call is named like its service."""
    for row in legs.sort(AT, "leg_id").iter_rows():
        connect_ms, setup_ms, a, b, destination, duration_ms, billed_s, price, charge, service, unit, *volumes, _ = row
        unnamed = "unknown" if service == Service.VOICE else str(service).capitalize()
        yield CallRow(
            connect_ms=setup_ms if connect_ms is None else connect_ms,
            a=a,
            b=b,
            destination=names.get(destination, unnamed),
            duration_ms=duration_ms,
            billed_s=billed_s,
            price=price,
            charge=charge,
            service=Service(service),
            unit=Unit(unit),
            volume=volumes[0],
            billed_volume=volumes[1],
        )
