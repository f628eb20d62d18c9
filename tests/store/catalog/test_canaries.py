"""Versions tried on a part of the calls: begun, promoted, dropped; and what held at a moment of the past."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import ConflictError, InputError, NotFoundError
from domain.ids import PartnerId
from domain.policies.comparing import Guard
from domain.policies.policy import Attachment, Canary, Policies, Policy, TimeProfile
from domain.profiles import windows_of
from store.catalog import Catalog
from store.catalog.canary_rows import Outcome, Trial
from store.directory_file import read_directory, write_directory
from tests.store.catalog.builders import AT, BY, partner

EVENING = TimeProfile("evening", "Europe/Paris", windows_of("on", range(7), 18 * 60, 6 * 60))
CHEAP = Policy("cheap", order="price")


def by(later: int) -> dict[str, Any]:
    return {"who": "eve", "at_ms": AT + later}


def begin(catalog: Catalog, tried: Policy | int, later: int = 10, share_bp: int = 1_000, **fields: Any) -> Trial:
    canary = Canary(Policy("cheap"), AT + later, share_bp, fields.pop("until_ms", None))
    values = {"note": "", "counted_ms": AT + later + 3, **by(later)} | fields
    return catalog.canaries.begin(tried, canary, values.pop("guard", Guard()), **values)


def test_what_is_tried_has_a_version_of_its_own_that_is_not_in_force(catalog: Catalog) -> None:
    catalog.policies.set(CHEAP, **BY)
    trial = begin(catalog, replace(CHEAP, order="real_cost"), note="less increments")
    assert (trial.canary.policy.version, trial.against, trial.counted_ms) == (2, 1, AT + 13)
    assert catalog.policies.get("cheap").policy == replace(CHEAP, version=1)
    found, total = catalog.policies.versions("cheap")
    assert (total, [(one.policy.version, one.tried, one.note) for one in found]) == (
        2, [(2, True, "less increments"), (1, False, "")],
    )  # fmt: skip
    assert catalog.directory().policies.canaries == (trial.canary,)


def test_a_directory_file_has_it_and_one_of_before_is_read(catalog: Catalog, tmp_path: Any) -> None:
    catalog.policies.set(CHEAP, **BY)
    trial = begin(catalog, replace(CHEAP, order="real_cost", vendors=()), until_ms=AT + 1_000)
    write_directory(tmp_path / "d.json", catalog.directory())
    assert read_directory(tmp_path / "d.json").policies.canaries == (trial.canary,)
    plain = orjson.loads((tmp_path / "d.json").read_bytes())
    del plain["policies"]["canaries"]
    (tmp_path / "old.json").write_bytes(orjson.dumps(plain))
    assert read_directory(tmp_path / "old.json").policies.canaries == ()


def test_promoting_is_setting_and_says_so(catalog: Catalog) -> None:
    catalog.policies.set(CHEAP, **BY)
    tried = replace(CHEAP, order="real_cost", max_routes=3)
    begin(catalog, tried)
    trial, made = catalog.canaries.promote("cheap", note="it was better", **by(50))
    assert made.policy == replace(tried, version=3) == catalog.policies.get("cheap").policy
    assert (trial.canary.policy.version, made.note, made.tried) == (2, "it was better", False)
    assert catalog.directory().policies.canaries == ()
    ended = catalog.canaries.get("cheap")
    assert (ended.outcome, ended.ended_ms, ended.ended_by, ended.ended_note) == (
        Outcome.PROMOTED, AT + 50, "eve", "it was better",
    )  # fmt: skip


def test_dropping_changes_nothing_else(catalog: Catalog) -> None:
    catalog.policies.set(CHEAP, **BY)
    before = catalog.directory().policies
    begin(catalog, replace(CHEAP, order="real_cost"))
    catalog.canaries.drop("cheap", Outcome.DROPPED, note="worse", **by(60))
    assert catalog.directory().policies == before
    assert [one.action for one in catalog.audit.list("policy", "cheap")] == ["end canary", "canary", "set"]
    with pytest.raises(NotFoundError, match="no version of it is tried"):
        catalog.canaries.drop("cheap", Outcome.DROPPED, **by(61))


def test_while_one_is_tried_the_version_in_force_stays(catalog: Catalog) -> None:
    catalog.policies.set(CHEAP, **BY)
    begin(catalog, replace(CHEAP, order="real_cost"))
    with pytest.raises(InputError, match=r"version 2 is tried.*policies promote cheap"):
        catalog.policies.set(Policy("cheap"), **by(20))
    with pytest.raises(InputError, match=r"version 2 is tried.*policies promote cheap"):
        catalog.policies.back("cheap", 2, **by(20))
    with pytest.raises(InputError, match=r"version 2 is tried.*policies promote cheap"):
        catalog.policies.back("cheap", **by(20))  # there is none before, which is not what is told
    catalog.canaries.drop("cheap", Outcome.DROPPED, **by(30))
    assert catalog.policies.set(Policy("cheap", order="asr"), **by(40)).policy.version == 3


def test_back_leads_to_what_was_in_force_before_not_to_what_was_tried(catalog: Catalog) -> None:
    catalog.policies.set(CHEAP, **BY)
    begin(catalog, replace(CHEAP, order="real_cost"))
    catalog.canaries.drop("cheap", Outcome.DROPPED, **by(30))
    catalog.policies.set(Policy("cheap", order="asr"), **by(40))
    assert catalog.policies.back("cheap", **by(50)).policy == replace(CHEAP, version=4)


def test_another_share_is_another_trial_that_draws_anew(catalog: Catalog) -> None:
    catalog.policies.set(CHEAP, **BY)
    first = begin(catalog, replace(CHEAP, order="real_cost"))
    second = begin(catalog, 2, later=90, share_bp=500)
    assert first.canary.salt != second.canary.salt
    assert catalog.canaries.running() == [second]
    assert [one.outcome for one in catalog.canaries.list("cheap")[0]] == [None, Outcome.ANOTHER]
    assert len(catalog.policies.versions("cheap")[0]) == 2


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"share_bp": 0}, "a share of 0"),
        ({"share_bp": 10_000}, "a share of 10000"),
        ({"until_ms": AT + 10}, "over already"),
        ({"guard": Guard(asr_bp=10_001)}, "guard beyond all bounds"),
        ({"guard": Guard(least_calls=3)}, "3 calls at least"),
        ({"note": "two\nlines"}, "the note cannot be that"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(catalog: Catalog, fields: dict[str, Any], why: str) -> None:
    catalog.policies.set(CHEAP, **BY)
    before = catalog.directory_version()
    with pytest.raises(InputError, match=why):
        begin(catalog, replace(CHEAP, order="real_cost"), **fields)
    assert catalog.directory_version() == before


def test_what_is_in_force_need_not_be_tried(catalog: Catalog) -> None:
    catalog.policies.set(CHEAP, **BY)
    for tried in (CHEAP, 1):
        with pytest.raises(InputError, match="version 1 says, which is in force"):
            begin(catalog, tried)
    with pytest.raises(NotFoundError, match="no version 7"):
        begin(catalog, 7)


def test_a_vendor_of_what_is_tried_is_not_removed(catalog: Catalog) -> None:
    catalog.policies.set(CHEAP, **BY)
    catalog.partners.add(partner("kestrel"), **BY)
    begin(catalog, replace(CHEAP, vendors=(PartnerId("kestrel"),)))
    with pytest.raises(ConflictError, match="cheap"):
        catalog.removals.partner(PartnerId("kestrel"), **by(20))


kinds = ["set", "attach", "move", "detach", "remove", "profile", "no profile", "canary", "drop"]
steps = st.lists(st.sampled_from(kinds), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps)
def test_what_held_at_any_moment_is_what_was_read_then(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("at")
    catalog = Catalog.open(f"sqlite:///{shutil.copy(sqlite_template, folder / 'catalog.db')}")
    catalog.partners.add(partner("orbita"), **BY)
    for name in ("cheap", "gold"):
        catalog.policies.set(Policy(name, order="price"), **BY)
    catalog.policies.set_profile(EVENING, **BY)
    place = Attachment("cheap", client=PartnerId("orbita"))
    seen: list[tuple[int, Policies]] = []
    for number, step in enumerate(steps, 1):
        _do(catalog, step, number, place)
        seen.append((AT + 10 * number + 5, catalog.directory().policies))
    for at_ms, known in seen:
        then = catalog.policies.at(at_ms)
        assert (then.named, set(then.attached), then.profiles, then.canaries) == (
            known.named, set(known.attached), known.profiles, known.canaries,
        )  # fmt: skip
    catalog.close()


def _do(catalog: Catalog, step: str, number: int, place: Attachment) -> None:
    when = by(10 * number)
    try:
        match step:
            case "set":
                catalog.policies.set(Policy("cheap", max_routes=1 + number), **when)
            case "attach":
                catalog.policies.attach(place, **when)
            case "move":
                catalog.policies.attach(replace(place, policy="gold"), **when)
            case "detach":
                catalog.policies.detach(place, **when)
            case "profile":
                catalog.policies.set_profile(replace(EVENING, windows=windows_of("on", range(7), number, 600)), **when)
            case "remove":
                catalog.policies.remove("cheap", **when)
            case "no profile":
                catalog.policies.remove_profile(EVENING.name, **when)
            case "canary":
                begin(catalog, Policy("cheap", max_routes=20 + number), later=10 * number)
            case _:
                catalog.canaries.drop("cheap", Outcome.DROPPED, **when)
    except (ConflictError, InputError, NotFoundError):
        pass
