"""DNS messages: the facts' vectors byte for byte, an independent library as the judge, and garbage."""

from contextlib import suppress
from typing import Any

import dns.flags
import dns.message
import dns.rdatatype
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.wire.dns_message import (
    DnsError,
    Edns,
    Naptr,
    Ns,
    Query,
    Rcode,
    Record,
    Reply,
    Soa,
    Type,
    decode_query,
    decode_reply,
    encode_query,
    encode_reply,
)
from domain.wire.dns_name import name_from_text, name_of
from tests.domain.wire.dns_bytes import ANSWER, NUMBER_NAME, QUERY, query

WORD16, WORD32 = st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1)
NAMES = st.lists(st.binary(min_size=1, max_size=20), max_size=5).map(name_of)
TEXTS = st.binary(max_size=255)
NAPTRS = st.builds(Naptr, WORD16, WORD16, TEXTS, TEXTS, TEXTS, NAMES)
DATA = st.one_of(
    NAPTRS.map(lambda its: (Type.NAPTR, its)),
    st.builds(Soa, NAMES, NAMES, *[WORD32] * 5).map(lambda its: (Type.SOA, its)),
    st.builds(Ns, NAMES).map(lambda its: (Type.NS, its)),
    st.binary(max_size=30).map(lambda its: (Type.A, its)),
)
RECORDS = st.builds(lambda name, ttl, data: Record(name, int(data[0]), ttl, data[1]), NAMES, WORD32, DATA)
OPTIONS = st.lists(st.tuples(WORD16, st.binary(max_size=20)), max_size=3).map(tuple)
EDNS = st.none() | st.builds(Edns, WORD16, st.integers(0, 255), st.booleans(), OPTIONS)
QUERIES = st.builds(Query, WORD16, NAMES, WORD16, WORD16, st.booleans(), st.booleans(), EDNS)


def naptrs(count: int, regexp: bytes = b"!^.*$!sip:442079460148@198.51.100.7:5060!") -> list[Record]:
    return [Record(NUMBER_NAME, Type.NAPTR, 0, _naptr(10 * n, regexp)) for n in range(1, count + 1)]


def _naptr(preference: int, regexp: bytes) -> Naptr:
    return Naptr(100, preference, b"u", b"E2U+sip", regexp)


def test_the_query_of_the_facts_is_read_and_written_byte_for_byte() -> None:
    assert decode_query(QUERY) == query()
    assert encode_query(query()) == QUERY


def test_the_answer_of_the_facts_is_written_and_read_byte_for_byte() -> None:
    answers = (
        Record(NUMBER_NAME, Type.NAPTR, 0, _naptr(10, rb"!^\+(.*)$!sip:7001\1@198.51.100.7!")),
        Record(NUMBER_NAME, Type.NAPTR, 0, _naptr(20, rb"!^(.*)$!sip:\1@203.0.113.9:5061;transport=tcp!")),
    )
    written = encode_reply(decode_query(QUERY), Rcode.NOERROR, answers, edns=Edns(1232))
    assert written == ANSWER and len(written) == 198
    question = (NUMBER_NAME, 35, 1)
    expected = Reply(0x1234, 0, question, answers, edns=Edns(1232), authoritative=True, recursion=True)
    assert decode_reply(ANSWER) == expected


@given(QUERIES)
def test_a_query_that_was_written_is_read_as_it_was(its: Query) -> None:
    assert decode_query(encode_query(its)) == its


@given(QUERIES, st.integers(0, 4095), st.lists(RECORDS, max_size=4), st.lists(RECORDS, max_size=2), EDNS)
def test_an_answer_that_was_written_is_read_as_it_was(
    its: Query, rcode: int, answers: list[Record], authority: list[Record], edns: Edns | None
) -> None:
    assume(edns is not None or rcode < 16)
    read = decode_reply(encode_reply(its, rcode, answers, authority, edns=edns))
    assert (read.id, read.rcode, read.question) == (its.id, rcode, (its.name, its.type, its.rclass))
    assert (read.answers, read.authority, read.edns) == (tuple(answers), tuple(authority), edns)
    assert (read.recursion, read.checking_disabled) == (its.recursion, its.checking_disabled)
    assert read.authoritative and not read.truncated and not read.recursion_available


@given(st.binary(max_size=120) | st.builds(lambda head, tail: head[:4] + tail, st.just(QUERY), st.binary(max_size=120)))
def test_garbage_raises_nothing_but_the_codecs_own_error(data: bytes) -> None:
    for decode in (decode_query, decode_reply):
        with suppress(DnsError):
            decode(data)


@given(st.sampled_from((QUERY, ANSWER)), st.data())
def test_a_message_cut_or_changed_anywhere_raises_nothing_else_either(whole: bytes, data: Any) -> None:
    changed = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 3)) if changed else 0):
        changed[data.draw(st.integers(0, len(changed) - 1))] = data.draw(st.integers(0, 255))
    for decode in (decode_query, decode_reply):
        with suppress(DnsError):
            decode(bytes(changed))


@given(QUERIES, st.lists(NAPTRS, max_size=3), EDNS)
def test_an_independent_library_reads_the_same(its: Query, data: list[Naptr], edns: Edns | None) -> None:
    plain = its._replace(rclass=1, type=Type.NAPTR, edns=edns and edns._replace(version=0, options=()))
    asked = dns.message.from_wire(encode_query(plain))
    assert asked.id == plain.id and asked.question[0].name.to_wire() == plain.name
    assert bool(asked.flags & dns.flags.RD) == plain.recursion
    assert (asked.payload if edns else None) == (edns.udp_bytes if edns else None)
    records = [Record(plain.name, Type.NAPTR, 5, one) for one in dict.fromkeys(data)]
    read = dns.message.from_wire(encode_reply(plain, Rcode.NOERROR, records, edns=plain.edns))
    found = {
        (r.order, r.preference, r.flags, r.service, r.regexp, r.replacement.to_wire()) for s in read.answer for r in s
    }
    assert found == set(map(tuple, data))


def test_what_an_independent_library_writes_is_read() -> None:
    asked = dns.message.make_query("8.4.E164.arpa.", "NAPTR", use_edns=True, payload=4096, want_dnssec=True)
    read = decode_query(asked.to_wire())
    assert read == Query(asked.id, b"\x018\x014\x04E164\x04arpa\0", 35, 1, True, False, Edns(4096, 0, True))
    answer = dns.message.make_response(asked)
    answer.answer.append(
        dns.rrset.from_text("8.4.e164.arpa.", 60, "IN", "NAPTR", '100 10 "u" "E2U+sip" "!^.*$!sip:a@b!" .')
    )
    assert decode_reply(answer.to_wire()).answers[0].data == Naptr(100, 10, b"u", b"E2U+sip", b"!^.*$!sip:a@b!")


@pytest.mark.parametrize(
    ("data", "reason", "rcode"),
    [
        (QUERY[:11], "cut-short", None),
        (ANSWER, "not-a-query", None),
        (QUERY[:2] + b"\x29\x00" + QUERY[4:], "other-opcode", Rcode.NOTIMP),
        (QUERY[:4] + b"\x00\x02" + QUERY[6:], "not-one-question", Rcode.FORMERR),
        (QUERY[:4] + b"\x00\x00" + QUERY[6:], "not-one-question", Rcode.FORMERR),
        (QUERY[:30], "cut-short", Rcode.FORMERR),
        (QUERY[:48], "cut-short", Rcode.FORMERR),
        (QUERY[:-1], "cut-short", Rcode.FORMERR),
        (QUERY + b"\0", "trailing-octets", Rcode.FORMERR),
        (QUERY[:12] + b"\xc0\x0c" + QUERY[47:], "bad-pointer", Rcode.FORMERR),
        (QUERY[:12] + b"\x018\xc0\x0c" + QUERY[47:], "bad-pointer", Rcode.FORMERR),
        (QUERY[:10] + b"\x00\x02" + QUERY[12:] + QUERY[-11:], "bad-opt", Rcode.FORMERR),
        (QUERY[:-2] + b"\x00\x03\x00\x0a\x00", "bad-opt", Rcode.FORMERR),
        (QUERY[:-2] + b"\x00\x05\x00\x0a\x00\x02\xff", "bad-opt", Rcode.FORMERR),
        (QUERY[:-11] + b"\x01a" + QUERY[-11:], "bad-opt", Rcode.FORMERR),
        (QUERY[:6] + b"\x00\x01" + QUERY[8:10] + b"\x00\x00" + QUERY[12:], "bad-opt", Rcode.FORMERR),
    ],
)
def test_what_cannot_be_read_is_answered_as_the_rfc_says(data: bytes, reason: str, rcode: Rcode | None) -> None:
    with pytest.raises(DnsError) as raised:
        decode_query(data)
    assert raised.value.reason == reason
    if rcode is None:
        assert raised.value.reply == b""
    else:
        read = decode_reply(raised.value.reply)
        assert (read.id, read.rcode, read.question) == (0x1234, rcode, None)
        assert read.opcode == (5 if rcode is Rcode.NOTIMP else 0)


def test_options_that_nobody_knows_are_read_and_records_of_other_kinds_passed_over() -> None:
    cookie = (10, b"8 octets")
    assert decode_query(encode_query(query(edns=Edns(4096, options=(cookie,))))).edns == Edns(4096, 0, False, (cookie,))
    signature = b"\x03key\0" + bytes.fromhex("00fa00ff00000000") + b"\x00\x02ab"
    asked = QUERY[:10] + b"\x00\x02" + QUERY[12:] + signature
    assert decode_query(asked) == query()


def test_what_does_not_fit_is_left_out_whole_and_marked_so_that_the_asker_comes_again_over_tcp() -> None:
    answer = encode_reply(query(), 0, naptrs(30), most=1232, edns=Edns(1232))
    read = decode_reply(answer)
    assert read.truncated and not read.answers and read.edns == Edns(1232)
    whole = decode_reply(encode_reply(query(), 0, naptrs(30), edns=Edns(1232)))
    assert len(whole.answers) == 30 and not whole.truncated


@pytest.mark.parametrize(("most", "fit"), [(512, 5), (1232, 15)])
def test_a_list_is_cut_to_fit_without_a_mark_for_those_who_have_no_tcp(most: int, fit: int) -> None:
    regexp = b"!^.*$!sip:442079460148@198.51.100.7;sbm=kestrel.1!"  # 50 octets: a record of 78
    answer = encode_reply(query(), 0, naptrs(30, regexp), most=most, edns=Edns(1232), cut=True)
    read = decode_reply(answer)
    assert len(read.answers) == fit and not read.truncated and len(answer) <= most


def test_where_not_one_record_fits_the_answer_says_so_even_when_cut() -> None:
    long_name = name_of([b"x" * 63] * 3 + [b"y" * 60])
    record = Record(long_name, Type.NAPTR, 0, _naptr(10, b"!" * 255))
    answer = encode_reply(Query(1, long_name, 35), 0, [record], most=512, cut=True)
    assert decode_reply(answer).truncated and len(answer) <= 512


def test_the_authority_points_into_the_question_in_the_case_of_the_asker() -> None:
    asked = query()._replace(name=b"\x018\x04E164\x04aRPa\0")
    soa = Record(b"\x04E164\x04aRPa\0", Type.SOA, 0, Soa(name_from_text("ns.x"), name_from_text("h.x"), 1, 2, 3, 4, 5))
    written = encode_reply(asked, Rcode.NXDOMAIN, (), [soa])
    assert b"\xc0\x0e\x00\x06\x00\x01" in written
    assert decode_reply(written).authority == (soa,)
