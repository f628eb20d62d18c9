"""Values that are made quickly: they are what dataclasses would have made."""

import pickle
from copy import copy
from dataclasses import FrozenInstanceError, dataclass, fields, replace
from typing import Any

import pytest

from domain.quick import quick
from domain.travel import travels


@travels
@quick
@dataclass(frozen=True, slots=True)
class Sent:
    """One that travels."""

    name: str
    count: int = 0


def test_a_quick_value_has_the_fields_and_defaults_that_were_declared() -> None:
    assert Sent("a") == Sent(name="a", count=0)
    assert Sent("a", count=2) == Sent("a", 2)
    assert repr(Sent("a")) == "Sent(name='a', count=0)"
    assert [field.name for field in fields(Sent)] == ["name", "count"]
    with pytest.raises(TypeError):
        Sent()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Sent("a", size=3)  # type: ignore[call-arg]


def test_a_quick_value_is_frozen_hashable_and_of_its_class() -> None:
    value = Sent("a", 1)
    assert type(value) is Sent
    assert {value: "found"}[Sent("a", 1)] == "found"
    with pytest.raises((FrozenInstanceError, TypeError)):
        value.count = 2  # type: ignore[misc]
    with pytest.raises((FrozenInstanceError, TypeError)):
        del value.count
    assert not hasattr(value, "__dict__")


def test_a_quick_value_is_copied_replaced_and_pickled_as_any_other() -> None:
    value = Sent("a", 1)
    assert copy(value) == value
    assert replace(value, count=5) == Sent("a", 5)
    assert pickle.loads(pickle.dumps(value)) == value


def test_what_a_value_checks_of_itself_is_still_checked() -> None:
    checked = quick(_checked())
    assert checked(1).second == "two"
    with pytest.raises(AssertionError, match="checked when it is made"):
        checked(0)


def _checked() -> Any:
    @dataclass(frozen=True, slots=True)
    class Checked:
        first: int
        second: str = "two"

        def __post_init__(self) -> None:
            assert self.first > 0, "checked when it is made"

    return Checked
