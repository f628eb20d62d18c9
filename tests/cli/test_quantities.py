"""`switchboard commitments` and `swaps`: what is asked, what is shown; and the examples of docs/quantities.md."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from domain.formulas.figures import FIGURES, Source
from domain.policies.fields import changed_policy
from domain.policies.library import ready
from domain.policies.policy import Policy
from protos.operators_pb2 import Changed, FieldChanges, LimitUses, Named, PageRequest
from protos.quantities_pb2 import Commitment, Commitments, Swap, Swaps
from tests.cli.far_desk import FarDesk

DOC = (Path(__file__).parents[2] / "docs" / "quantities.md").read_text()


def commitment(**fields: Any) -> Commitment:
    """300 minutes, a third sent."""
    values: dict[str, Any] = {
        "id": "ke", "vendor": "kestrel", "country": "KE", "minutes": 300, "currency": "USD", "zone": "UTC",
        "fields": {"vendor": "kestrel", "until": "2026-11-30", "from": "2026-11-01"}, "verdict": "behind",
        "sent": 6000, "remaining": 12_000, "due": 9000, "pace": 630, "needed": 800, "behind_pct": 33.3,
        "missing": 2_550, "at_risk_units": 42_500_000,
    }  # fmt: skip
    return Commitment(**values | fields)


def swap(**fields: Any) -> Swap:
    """Too much was sent."""
    values: dict[str, Any] = {
        "id": "both", "partner": "orbita", "low": -100, "high": 100, "currency": "USD", "zone": "UTC",
        "fields": {"partner": "orbita", "until": "2026-11-30", "from": "2026-11-01"}, "verdict": "below the band",
        "came": 600, "went": 7_215, "balance": -6_615, "room": -615, "position_pct": -110.25,
    }  # fmt: skip
    return Swap(**values | fields)


def test_a_commitment_goes_as_fields(desk: FarDesk) -> None:
    desk.says("Commitments.Add", Changed(what="commitment ke added"))
    words = "ke --vendor kestrel --country KE --minutes 300 --from 2026-11-01 --until 2026-11-30 --true-up 0.01".split()
    assert "commitment ke added" in desk.run("commitments", "add", *words, "--warn-pct", "5").stdout
    asked = desk.asked("Commitments.Add")
    assert isinstance(asked, FieldChanges)
    assert dict(asked.values) == {
        "vendor": "kestrel", "country": "KE", "minutes": "300", "from": "2026-11-01", "until": "2026-11-30",
        "true_up": "0.01", "warn_pct": "5",
    }  # fmt: skip


def test_money_and_bands_go_to_the_last_digit(desk: FarDesk) -> None:
    desk.says("Commitments.Add", Changed(what="done"))
    dates = ("--from", "2026-11-01", "--until", "2026-11-30")
    desk.run("commitments", "add", "m", "--vendor", "kestrel", "--money", "20000.00000001", *dates)
    assert desk.asked("Commitments.Add").values["money"] == "20000.00000001"
    desk.says("Swaps.Add", Changed(what="done"))
    desk.run("swaps", "add", "s", "--partner", "orbita", "--low", "-5000", "--high", "12.5", "--unit", "money", *dates)
    values = dict(desk.asked("Swaps.Add").values)
    assert (values["low"], values["high"], values["unit"]) == ("-5000", "12.5", "money")


def test_commitments_are_a_table(desk: FarDesk) -> None:
    waits = Commitment(id="new", vendor="kestrel", minutes=5, fields={"until": "2027-01-01"}, verdict="counting")
    of_money = commitment(id="m", money_units=5 * 10**8, sent=10**8, remaining=4 * 10**8)
    of_money.ClearField("minutes")
    desk.says("Commitments.List", Commitments(commitments=[commitment(), of_money, waits], total=3))
    said = desk.run("commitments", "list", "k").stdout
    assert desk.asked("Commitments.List") == PageRequest(filter="k", limit=50)
    first, second, third = said.splitlines()[1:4]
    for part in ("country KE", "2026-11-30", "300.00 min", "100.00 min", "200.00 min", "10.50 min", "0.425 USD"):
        assert part in first
    assert "5.00 USD" in second and "4.00 USD" in second
    assert "counting" in third and "all calls" in third and " -  " in third
    desk.says("Commitments.List", Commitments())
    assert "no commitments: add one" in desk.run("commitments", "list").stdout


def test_swaps_are_a_table(desk: FarDesk) -> None:
    desk.says("Swaps.List", Swaps(swaps=[swap()], total=1))
    row = desk.run("swaps", "list").stdout.splitlines()[1]
    for part in ("10.00 min", "120.25 min", "-110.25 min", "-100.00 min to 100.00 min", "-10.25 min", "below the band"):
        assert part in row
    desk.says("Swaps.List", Swaps())
    assert "no swaps: add one" in desk.run("swaps", "list").stdout


@pytest.mark.parametrize(
    ("noun", "said"), [("commitments", ("33.3 % more than evenly", "0.425 USD")), ("swaps", ("-110.2", "-10.25 min"))]
)
def test_one_is_shown_with_its_fields(desk: FarDesk, noun: str, said: tuple[str, ...]) -> None:
    desk.says(f"{noun.title()}.Show", commitment() if noun == "commitments" else swap())
    shown = desk.run(noun, "show", "ke").stdout
    assert desk.asked(f"{noun.title()}.Show") == Named(name="ke")
    assert f"fields, as `{noun} set` takes them" in shown
    for part in said:
        assert part in shown
    assert '"verdict"' in desk.run(noun, "show", "ke", "--json").stdout


@pytest.mark.parametrize("noun", ["commitments", "swaps"])
def test_fields_are_set_and_it_is_removed(desk: FarDesk, noun: str) -> None:
    desk.says(f"{noun.title()}.Set", Changed(what="it is so"))
    desk.says(f"{noun.title()}.Remove", Changed(what="removed"))
    assert desk.run(noun, "set", "ke", "until=2026-12-31", "code=").exit_code == 0
    assert desk.asked(f"{noun.title()}.Set") == FieldChanges(id="ke", values={"until": "2026-12-31", "code": ""})
    assert "removed" in desk.run(noun, "remove", "ke").stdout


def test_the_examples_of_the_documents_are_commands(desk: FarDesk) -> None:
    blocks = re.findall(r"```sh\n(.*?)```", DOC, re.DOTALL)
    lines = [line.partition("  #")[0] for block in blocks for line in block.splitlines()]
    assert len(lines) == 23
    for method in ("Add", "Set", "Remove"):
        for service in ("Commitments", "Swaps", "Limits"):
            desk.says(f"{service}.{method}", Changed(what="done"))
    desk.says("Policies.Set", Changed(what="done"))
    desk.says("Policies.SetProfile", Changed(what="done"))
    desk.says("Commitments.List", Commitments())
    desk.says("Commitments.Show", commitment())
    desk.says("Swaps.List", Swaps())
    desk.says("Swaps.Show", swap())
    desk.says("Limits.List", LimitUses())
    for line in lines:
        words = shlex.split(line)[1:]
        done = desk.run(*words)
        assert done.exit_code == 0, f"{line}: {done.output}"
        if words[:2] == ["policies", "set"]:
            says = dict(word.split("=", 1) for word in words[3:] if "=" in word)
            changed_policy(Policy("p"), says)
            if "--ready" in words:
                ready(words[words.index("--ready") + 1])


def test_the_documents_name_every_figure_of_volumes_and_capacity() -> None:
    named = [one.name for one in FIGURES.values() if one.source in (Source.VOLUME, Source.CAPACITY)]
    assert [name for name in named if f"`{name}`" not in DOC] == []
