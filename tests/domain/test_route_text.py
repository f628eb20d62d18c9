from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.ids import TrunkId
from domain.route_text import FIELDS, RouteTemplate
from domain.targets import Target

TARGET = Target(
    trunk=TrunkId("kestrel-out"),
    host="2001:db8::7",
    port=5070,
    user="777#12025550100",
    mark="kestrel-out.2",
    number="12025550100",
    user_params="npdi;rn=+12025550000",
    transport="tls",
)


def written(text: str) -> str:
    return RouteTemplate.parse(text).render(TARGET, 2, 600)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("plain", "plain"),
        ("Routing:{user}@{host_port};expires={credit}", "Routing:777#12025550100@[2001:db8::7]:5070;expires=600"),
        ("{prefix}|{number}|{host}|{port}", "777#|12025550100|2001:db8::7|5070"),
        ("{position}/{trunk}/{mark}/{transport}", "2/kestrel-out/kestrel-out.2/tls"),
        ("{number};{user_params}", "12025550100;npdi;rn=+12025550000"),
        ("{{{user}}}", "{777#12025550100}"),
        ("{user}{user}", "777#12025550100777#12025550100"),
    ],
)
def test_a_template_writes_what_it_says(text: str, expected: str) -> None:
    assert written(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a{usr}", "{usr} in column 2"),
        ("{user}{}", "{} in column 7"),
        ("{user!r}", "{user!r} in column 1"),
        ("{port:>9}", "{port:>9} in column 1"),
        ("{target.host}", "{target.host} in column 1"),
        ("ab{user", "brace in column 3"),
        ("ab}", "brace in column 3"),
    ],
)
def test_what_is_no_field_is_named_with_its_column_when_it_is_written(text: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        RouteTemplate.parse(text, "recipe mvts")
    assert said in str(caught.value)
    assert str(caught.value).startswith("recipe mvts: ")


@given(st.text(max_size=40))
def test_text_with_its_braces_doubled_stands_for_itself(text: str) -> None:
    assert written(text.replace("{", "{{").replace("}", "}}")) == text


@given(st.text("{}user!:.", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(InputError):
        RouteTemplate.parse(text)


@given(st.lists(st.sampled_from(sorted(FIELDS)), max_size=6))
def test_fields_are_written_one_after_the_other(names: list[str]) -> None:
    assert written("".join(f"<{{{name}}}>" for name in names)) == "".join(
        f"<{FIELDS[name](TARGET, 2, 600)}>" for name in names
    )
