import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import WireError
from domain.wire.radius_attributes import ATTRIBUTES, CISCO, Kind, Values, attribute, pair
from domain.wire.radius_packet import Attribute


def test_names_and_numbers_are_unique() -> None:
    assert len({definition[:2] for definition in ATTRIBUTES.values()}) == len(ATTRIBUTES)
    assert ATTRIBUTES["h323-conf-id"] == (CISCO, 24, Kind.NAMED)
    assert ATTRIBUTES["Acct-Session-Time"] == (0, 46, Kind.INTEGER)


def test_a_value_that_repeats_its_name_reads_like_one_that_does_not() -> None:
    with_name, without = attribute("h323-return-code", "0"), attribute("h323-return-code", "0", repeat_name=False)
    assert (with_name.value, without.value) == (b"h323-return-code=0", b"0")
    for one in (with_name, without, Attribute(CISCO, 103, b"H323-Return-Code=0")):
        assert Values([one]).text("h323-return-code") == "0"


def test_pairs_split_at_the_first_equals_sign_and_stand_in_for_attributes() -> None:
    values = Values([pair("call-id", "a=b=c"), pair("h323-conf-id", "1 2 3 4"), pair("call-id", "second")])
    assert (values.text("call-id"), values.text("h323-conf-id")) == ("a=b=c", "1 2 3 4")
    assert Values([Attribute(CISCO, 141, b"own"), pair("call-id", "x")]).text("call-id") == "own"


def test_values_are_read_by_their_kind() -> None:
    values = Values(
        [attribute("Acct-Session-Time", 9), attribute("NAS-IP-Address", "192.0.2.1"), attribute("release-source", "2")]
    )
    assert (values.integer("Acct-Session-Time"), values.integer("release-source")) == (9, 2)
    assert values.address("NAS-IP-Address") == "192.0.2.1"
    assert (values.text("User-Name"), values.integer("Session-Timeout"), values.octets("Class")) == ("", None, None)


def test_text_in_an_old_charset_is_still_text() -> None:
    assert Values([Attribute(0, 1, b"K\xf6ln")]).text("User-Name") == "Köln"
    assert Values([Attribute(0, 1, "Köln".encode())]).text("User-Name") == "Köln"


@pytest.mark.parametrize(
    ("name", "value"),
    [("Session-Timeout", -1), ("Session-Timeout", 2**32), ("NAS-IP-Address", "1.2.3"), ("h323-conf-id", "x" * 240)],
)
def test_values_that_do_not_fit_are_refused(name: str, value: str | int) -> None:
    with pytest.raises(WireError):
        attribute(name, value)


@given(st.lists(st.builds(Attribute, st.sampled_from([0, 9]), st.integers(0, 255), st.binary(max_size=40))))
@settings(max_examples=100)
def test_any_attributes_can_be_read_by_any_name(attributes: list[Attribute]) -> None:
    values = Values(attributes)
    for name in (*ATTRIBUTES, "sbm", ""):
        assert isinstance(values.text(name), str)
        assert isinstance(values.integer(name), int | None)
        assert values.address(name).count(".") in (0, 3)
