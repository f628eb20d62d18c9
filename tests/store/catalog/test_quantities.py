"""Commitments, swaps and limits by parts of the week in the catalog."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import DestinationId, PartnerId
from domain.limits import Limit, LimitId, Period
from domain.policies.policy import Attachment, TimeProfile
from domain.profiles import windows_of
from domain.quantities.volumes import Commitment, Swap, Volume
from store.catalog import Catalog
from store.directory_file import read_directory, write_directory
from tests.domain.builders import DAY_MS
from tests.domain.quantities.volumes import USD, commitment, swap
from tests.store.catalog.builders import AT, partner

BY: dict[str, Any] = {"who": "eve", "at_ms": AT}
KESTREL = PartnerId("kestrel")
DAY = TimeProfile("day", "Africa/Nairobi", windows_of("on", range(5), 8 * 60, 20 * 60))


@pytest.fixture
def furnished(catalog: Catalog) -> Catalog:
    """A partner, and a part of the week."""
    catalog.partners.add(partner(id=KESTREL), **BY)
    catalog.policies.set_profile(DAY, **BY)
    return catalog


def test_they_come_back_as_they_were_and_are_in_the_directory(furnished: Catalog, tmp_path: Path) -> None:
    before = furnished.directory_version()
    volumes: list[Volume] = [
        commitment(code="254", true_up=1_000_000, warn_pct=5, note="as agreed"),
        commitment(id="money", units=5, currency=USD),
        swap(country="KE"),
    ]
    for one in volumes:
        furnished.quantities.add(one, **BY)
    assert [*furnished.quantities.commitments(), *furnished.quantities.swaps()] == [volumes[1], volumes[0], volumes[2]]
    directory = furnished.directory()
    assert set(directory.volumes) == set(volumes)
    assert directory.version > before
    write_directory(tmp_path / "directory.json", directory)
    assert read_directory(tmp_path / "directory.json").volumes == directory.volumes


def test_a_directory_of_before_has_none(furnished: Catalog, tmp_path: Path) -> None:
    path = tmp_path / "directory.json"
    write_directory(path, furnished.directory())
    plain = orjson.loads(path.read_bytes())
    for name in ("commitments", "swaps"):
        del plain[name]
    path.write_bytes(orjson.dumps(plain))
    assert read_directory(path).volumes == ()


def test_what_is_changed_and_removed_is_in_the_trail(furnished: Catalog) -> None:
    furnished.quantities.add(commitment(), **BY)
    furnished.quantities.change(commitment(minutes=400), **BY)
    assert furnished.quantities.commitment("nov").minutes == 400
    furnished.quantities.remove(Commitment, "nov", **BY)
    assert furnished.quantities.commitments() == []
    assert furnished.audit.count("commitment", "nov", "eve") == 3
    with pytest.raises(NotFoundError, match="no commitment 'nov'"):
        furnished.quantities.change(commitment(), **BY)
    with pytest.raises(NotFoundError, match="no swap 'nov'"):
        furnished.quantities.remove(Swap, "nov", **BY)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"id": "No Name"}, "short name"),
        ({"partner": PartnerId("nobody")}, "there is no partner 'nobody'"),
        ({"destination": DestinationId(99)}, "there is no destination 99"),
        ({"code": "25x"}, "'25x' is no code"),
        ({"country": "KE", "code": "254"}, "more than one of"),
        ({"until_ms": 0}, "it ends before it begins"),
        ({"minutes": 0}, "nothing is to be sent"),
        ({"units": 5, "minutes": 5, "currency": USD}, "of minutes or of money"),
        ({"units": 5}, "money is in a currency"),
        ({"units": 5, "currency": "EUR"}, "kestrel has no charges in EUR"),
        ({"true_up": -1}, "the true-up cannot be that"),
        ({"warn_pct": 2_000}, "a warning at 2000 %"),
        ({"note": "two\nlines"}, "the note cannot be that"),
    ],
)
def test_what_cannot_be_is_refused(furnished: Catalog, fields: dict[str, Any], said: str) -> None:
    with pytest.raises((InputError, NotFoundError, ConflictError), match=said):
        furnished.quantities.add(commitment(**fields), **BY)
    assert furnished.quantities.commitments() == []


@pytest.mark.parametrize("ends", [(5, 5), (6, 5)])
def test_a_band_has_room(furnished: Catalog, ends: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="the band has no room"):
        furnished.quantities.add(swap(low=ends[0], high=ends[1]), **BY)


def test_no_two_are_about_the_same_calls_at_the_same_time(furnished: Catalog) -> None:
    first = commitment()
    furnished.quantities.add(first, **BY)
    with pytest.raises(ConflictError, match="commitment nov is about the same calls"):
        furnished.quantities.add(commitment(id="again", from_ms=first.until_ms - 1, until_ms=first.until_ms + 1), **BY)
    furnished.quantities.add(commitment(id="next", from_ms=first.until_ms, until_ms=first.until_ms + DAY_MS), **BY)
    furnished.quantities.add(commitment(id="kenya", country="KE"), **BY)
    furnished.quantities.add(swap(id="nov"), **BY)


def test_a_partner_with_one_is_not_removed(furnished: Catalog) -> None:
    furnished.quantities.add(commitment(), **BY)
    furnished.quantities.add(swap(), **BY)
    with pytest.raises(ConflictError, match="commitment nov refers to it"):
        furnished.removals.partner(KESTREL, **BY)
    furnished.quantities.remove(Commitment, "nov", **BY)
    with pytest.raises(ConflictError, match="swap both refers to it"):
        furnished.removals.partner(KESTREL, **BY)
    furnished.quantities.remove(Swap, "both", **BY)
    furnished.removals.partner(KESTREL, **BY)


# ---- limits by parts of the week


def a_limit(**fields: Any) -> Limit:
    values: dict[str, Any] = {"vendor": KESTREL, "max_calls": 100, "profile": "day"}
    return Limit(LimitId("k-day"), **values | fields)


@pytest.mark.parametrize("profile", ["day", "not day"])
def test_the_directory_says_what_the_part_is(furnished: Catalog, tmp_path: Path, profile: str) -> None:
    furnished.limits.add(a_limit(profile=profile), **BY)
    assert furnished.limits.get(LimitId("k-day")) == a_limit(profile=profile, part=DAY)
    directory = furnished.directory()
    assert directory.limits == (a_limit(profile=profile, part=DAY),)
    write_directory(tmp_path / "directory.json", directory)
    assert read_directory(tmp_path / "directory.json").limits == directory.limits


def test_other_windows_hold_for_the_limit_too(furnished: Catalog) -> None:
    furnished.limits.add(a_limit(), **BY)
    other = replace(DAY, zone="UTC")
    before = furnished.directory_version()
    furnished.policies.set_profile(other, **BY)
    assert furnished.directory().limits[0].part == other
    assert furnished.directory_version() > before


def test_a_limit_names_a_profile_that_is_there(furnished: Catalog) -> None:
    with pytest.raises(NotFoundError, match="there is no profile 'dya'"):
        furnished.limits.add(a_limit(profile="dya"), **BY)
    furnished.limits.add(a_limit(), **BY)
    furnished.limits.change(replace(furnished.limits.get(LimitId("k-day")), profile=""), **BY)
    assert furnished.limits.list() == [a_limit(profile="")]


def test_minutes_of_all_times_have_no_part_of_the_week(furnished: Catalog) -> None:
    with pytest.raises(InputError, match="no part of the week is counted for all times"):
        furnished.limits.add(a_limit(max_minutes=5, period=Period.EVER), **BY)
    furnished.limits.add(a_limit(period=Period.EVER), **BY)


def _attach(catalog: Catalog) -> Callable[[], object]:
    catalog.policies.attach(Attachment("default", profile="day"), **BY)
    return lambda: catalog.policies.detach(Attachment("", profile="day"), **BY)


def _limit(catalog: Catalog) -> Callable[[], object]:
    catalog.limits.add(a_limit(profile="not day"), **BY)
    return lambda: catalog.limits.remove(LimitId("k-day"), **BY)


@pytest.mark.parametrize(("use", "said"), [(_attach, "policy default"), (_limit, "limit k-day")])
def test_a_profile_in_use_is_not_removed(
    furnished: Catalog, use: Callable[[Catalog], Callable[[], object]], said: str
) -> None:
    takes_away = use(furnished)
    with pytest.raises(ConflictError, match=f"{said} refers to it"):
        furnished.policies.remove_profile("day", **BY)
    takes_away()
    furnished.policies.remove_profile("day", **BY)
    assert furnished.policies.all().profiles == {}
    with pytest.raises(NotFoundError, match="no profile 'day'"):
        furnished.policies.remove_profile("day", **BY)
