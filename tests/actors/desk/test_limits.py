"""What operators are told of a limit by destination: most names have others beside them that it does not count."""

from collections.abc import Sequence
from typing import Any

import pytest

from actors.desk.core import Desk
from actors.desk.limits import LimitsService
from actors.desk.watch import Watch
from protos import operators_pb2 as pb
from store.catalog.codes import CodeSeed
from tests.cluster.tasks.places import BY

NOBODY: Any = None
NAMES = ("France", "France Fixed", "France Mobile", "France Mobile AIF", "France Mobile Afone", "Niger", "Nigeria")


def named(desk: Desk, names: Sequence[str] = NAMES) -> LimitsService:
    desk.catalog.codes.enter([CodeSeed(f"99{number}", name, "FR") for number, name in enumerate(names)], "test", **BY)
    return LimitsService(desk, Watch(desk))


@pytest.mark.parametrize(
    ("destination", "others"),
    [
        ("france", "alone, not to France Fixed, France Mobile, France Mobile AIF and 1 more: give each a limit, or"),
        ("France Mobile", 'calls to "France Mobile" alone, not to France Mobile AIF, France Mobile Afone: '),
        ("Niger", ""),
        ("", ""),
    ],
)
async def test_who_limits_a_destination_is_told_of_those_that_begin_with_its_name(
    desk: Desk, destination: str, others: str
) -> None:
    service = named(desk)
    limit = pb.Limit(id="cap", destination=destination, max_calls=3)
    said = (await service.Add(limit, NOBODY)).what
    assert others in said if others else said == "limit cap added"
    await service.Set(pb.FieldChanges(id="cap", values={"destination": "Nigeria"}), NOBODY)
    said = (await service.Set(pb.FieldChanges(id="cap", values={"destination": destination}), NOBODY)).what
    assert others in said if others else "alone" not in said
