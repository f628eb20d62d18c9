"""Digest: the examples of the standards, and what proves nothing."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import WireError
from domain.wire.digest import Credentials, challenge, parse_credentials, response, verify
from domain.wire.digest_nonces import Freshness, Nonces

RFC_5090: dict[str, Any] = {
    "nonce": "3bada1a0",
    "uri": "sip:97226491335@example.com",
    "qop": "auth",
    "nonce_count": "00000001",
    "cnonce": "56593a80",
}
RFC_7616: dict[str, Any] = {
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "method": "GET",
    "uri": "/dir/index.html",
    "qop": "auth",
    "nonce_count": "00000001",
    "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
}


def test_the_example_of_rfc_5090_gives_its_response_and_its_rspauth() -> None:
    who = ("12345678", "example.com", "secret")
    assert response(*who, method="INVITE", **RFC_5090) == "756933f735fcd93f90a4bbdd5467f263"
    assert response(*who, method="", **RFC_5090) == "f847de948d12285f8f4199e366f1af21"


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_examples_of_rfc_7616_give_their_responses(algorithm: str, expected: str) -> None:
    who = ("Mufasa", "http-auth@example.org", "Circle of Life")
    assert response(*who, algorithm=algorithm, **RFC_7616) == expected


def test_the_example_of_rfc_2617_without_qop() -> None:
    who = ("Mufasa", "testrealm@host.com", "Circle Of Life")
    nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093"
    assert response(*who, nonce=nonce, method="GET", uri="/dir/index.html") == "670fd8c2df070c60b045671b8b24ff02"


def test_an_authorization_is_read_with_its_quotes_and_blanks() -> None:
    read = parse_credentials(
        'digest username="bob \\"b\\"",realm = "x, y", nonce="n" , uri="sip:1@h;a=b,c", response="AB12",'
        'algorithm=SHA-256, qop=auth, nc=0000000a, cnonce="c", opaque="", odd=1'
    )
    assert read == Credentials('bob "b"', "x, y", "n", "sip:1@h;a=b,c", "AB12", "SHA-256", "auth", "0000000a", "c", "")


def test_names_beyond_ascii_are_utf_8_on_the_wire() -> None:
    on_wire = "Jäger".encode().decode("latin-1")
    assert parse_credentials(f'Digest username="{on_wire}", nonce="n", uri="u", response="r"').user == "Jäger"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Basic abc",
        "Digest",
        'Digest username="a"',
        'Digest username="a", nonce="n", uri="u", response="r", nonce="m"',
        'Digest username="a, nonce="n", uri="u", response="r"',
        "Digest username=a nonce=n uri=u response=r",
    ],
)
def test_what_is_no_digest_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(WireError) as caught:
        parse_credentials(text)
    assert caught.value.reason in ("no-digest", "bad-digest")


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(text: str) -> None:
    try:
        given_ = parse_credentials("Digest " + text)
    except WireError:
        return
    assert not verify(given_, "secret", "INVITE")


def _proved(algorithm: str, qop: str) -> Credentials:
    count, cnonce = ("00000001", "c") if qop else ("", "c" if "sess" in algorithm else "")
    parts: dict[str, Any] = {"nonce": "n", "uri": "sip:1@h", "algorithm": algorithm, "qop": qop}
    parts |= {"nonce_count": count, "cnonce": cnonce}
    return Credentials(user="u", realm="r", response=response("u", "r", "p", method="INVITE", **parts), **parts)


@pytest.mark.parametrize("algorithm", ["", "MD5", "md5", "SHA-256", "MD5-sess", "SHA-256-sess"])
@pytest.mark.parametrize("qop", ["", "auth", "auth-int"])
def test_only_the_right_password_method_and_values_are_a_proof(algorithm: str, qop: str) -> None:
    right = _proved(algorithm, qop)
    assert verify(right, "p", "INVITE")
    assert not verify(right, "q", "INVITE")
    assert not verify(right, "p", "BYE")
    for field in ("user", "realm", "nonce", "uri"):
        assert not verify(replace(right, **{field: "other"}), "p", "INVITE"), field
    assert not verify(replace(right, algorithm="SHA-512"), "p", "INVITE")
    assert not verify(replace(right, qop="odd"), "p", "INVITE")
    assert not verify(replace(right, response="é"), "p", "INVITE")


def test_a_challenge_quotes_its_realm() -> None:
    text = challenge('the "realm"', "n", "MD5", stale=True)
    assert text == 'Digest realm="the \\"realm\\"", nonce="n", algorithm=MD5, qop="auth", stale=true'


NOW = 1_761_998_400_000


def nonces(**bounds: int) -> Nonces:
    return Nonces(b"secret", lives_s=300, **bounds)  # type: ignore[arg-type]  # of ints only


def test_a_nonce_is_known_again_until_it_is_too_old() -> None:
    nonce = nonces().issue(NOW, "192.0.2.1", b"call-1")
    other = nonces()
    assert other.freshness(nonce, "192.0.2.1", NOW + 300_000) is Freshness.FRESH
    assert other.freshness(nonce, "192.0.2.1", NOW + 300_001) is Freshness.STALE
    assert other.freshness(nonce, "192.0.2.1", NOW - 1) is Freshness.STALE
    assert other.freshness(nonce, "192.0.2.2", NOW) is Freshness.FORGED
    assert Nonces(b"another", lives_s=300).freshness(nonce, "192.0.2.1", NOW) is Freshness.FORGED


def test_a_nonce_of_another_node_or_of_before_its_start_is_stale_and_never_good_there() -> None:
    first, second = (Nonces(b"secret", lives_s=300, run=run) for run in (b"one", b"two"))
    nonce = first.issue(NOW, "192.0.2.1", b"call-1")
    assert first.freshness(nonce, "192.0.2.1", NOW) is Freshness.FRESH
    assert second.freshness(nonce, "192.0.2.1", NOW) is Freshness.STALE
    assert second.freshness(nonce, "192.0.2.2", NOW) is Freshness.FORGED


@pytest.mark.parametrize("odd", ["", "0", "é", "z" * 64, "0" * 64, "-" + "0" * 63])
def test_a_nonce_that_is_none_of_ours_is_forged(odd: str) -> None:
    assert nonces().freshness(odd, "192.0.2.1", NOW) is Freshness.FORGED


def test_calls_of_one_moment_get_nonces_of_their_own_and_a_repeat_the_same() -> None:
    its = nonces()
    first = its.issue(NOW, "192.0.2.1", b"call-1")
    assert first == its.issue(NOW, "192.0.2.1", b"call-1")
    assert first != its.issue(NOW, "192.0.2.1", b"call-2")


def test_each_count_of_a_nonce_is_good_once_in_any_order_of_the_last_64() -> None:
    its = nonces()
    nonce = its.issue(NOW, "192.0.2.1", b"call")
    assert [its.take(nonce, f"{n:08x}") for n in (1, 3, 2, 2, 3, 1)] == [True, True, True, False, False, False]
    assert its.take(nonce, f"{100:08x}")
    assert its.take(nonce, f"{37:08x}")
    assert not its.take(nonce, f"{36:08x}"), "too long ago to know"
    assert not its.take(nonce, "xyz")
    assert not its.take(nonce, "123456789")


def test_without_a_count_a_nonce_is_good_once() -> None:
    its = nonces()
    nonce = its.issue(NOW, "192.0.2.1", b"call")
    assert [its.take(nonce, ""), its.take(nonce, "")] == [True, False]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 70)), max_size=60))
def test_nothing_is_ever_good_twice_however_little_is_remembered(uses: list[tuple[int, int]]) -> None:
    its = nonces(limit=2)
    issued = [its.issue(NOW + at, "192.0.2.1", b"call") for at in range(6)]
    taken = [use for use in uses if its.take(issued[use[0]], f"{use[1]:x}")]
    assert len(taken) == len(set(taken))
