"""Ids come from wire bytes alone, are the same everywhere, and never run into each other."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ids import SLOTS, CallKey, PartnerId, SwitchId, call_key, hold_id, leg_id, normal_conf_id, slot, transfer_id

KEY = CallKey(b"k" * 16)


def test_ids_are_fixed_for_ever() -> None:
    assert call_key(SwitchId("sw1"), b"abc").hex() == "75a1ad6a5f0dfb0ae35e0f636efc1ee3"
    assert leg_id(KEY, b"10.0.0.1", b"0001", b"answer").hex() == "05b9e023f47a60499303666f7cfbf4e2"
    assert hold_id(KEY, PartnerId("orbita"), 1).hex() == "60eef889309b7b6d8244a319bede2446"
    assert transfer_id("seal", "0-1-9") == "0bc293ea9104852d3ec0846094f22795"
    assert [slot("orbita"), slot("callwell"), slot("")] == [408, 571, 0]


def test_the_same_call_id_on_two_switches_is_two_calls() -> None:
    assert call_key(SwitchId("a"), b"1") != call_key(SwitchId("b"), b"1")


@pytest.mark.parametrize("change", [{"nas": b"x"}, {"session_id": b"x"}, {"origin": b"x"}, {"setup_and_mark": b"x"}])
def test_each_part_of_a_leg_makes_another_leg(change: dict[str, bytes]) -> None:
    parts = {"nas": b"n", "session_id": b"s", "origin": b"o", "setup_and_mark": b""}
    assert leg_id(KEY, **parts) != leg_id(KEY, **(parts | change))


@settings(deadline=None)
@given(st.lists(st.text(max_size=3), max_size=4), st.lists(st.text(max_size=3), max_size=4))
def test_parts_never_run_into_each_other(left: list[str], right: list[str]) -> None:
    assert (transfer_id(*left) == transfer_id(*right)) == (left == right)


def test_each_attempt_and_client_has_a_hold_of_its_own() -> None:
    holds = {hold_id(KEY, PartnerId(client), attempt) for client in ("a", "b") for attempt in (1, 2)}
    assert len(holds) == 4
    assert {len(hold) for hold in holds} == {16}


@settings(deadline=None)
@given(st.text())
def test_every_key_has_one_slot_whether_text_or_bytes(key: str) -> None:
    assert 0 <= slot(key) < SLOTS
    assert slot(key) == slot(key.encode())


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("F3E0A1B2 11D811B9 8001 1", b"f3e0a1b2 11d811b9 00008001 00000001"),
        ("f3e0a1b2 11d811b9 00008001 00000001", b"f3e0a1b2 11d811b9 00008001 00000001"),
        ("  3c26-a84b@10.0.0.1 ", b"3c26-a84b@10.0.0.1"),
        ("G3E0A1B2 11D811B9 8001 1", b"G3E0A1B2 11D811B9 8001 1"),
        ("F3E0A1B2A 11D811B9 8001 1", b"F3E0A1B2A 11D811B9 8001 1"),
        ("", b""),
    ],
)
def test_conf_ids_of_four_hex_groups_are_padded_and_lowered(raw: str, normal: bytes) -> None:
    assert normal_conf_id(raw) == normal
