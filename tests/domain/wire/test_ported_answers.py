"""What ENUM servers say of moved numbers (RFC 4769), as another implementation writes it."""

import dns.message
import dns.rrset
import pytest

from domain.numbers import STAYED, UNANSWERED, Dialled
from domain.wire.dns_message import decode_query, decode_reply, encode_query
from domain.wire.ported_answers import ported_of, ported_query

NAME = "1.0.0.0.0.0.0.0.7.4.5.2.e164.arpa."


def answer(*naptrs: str, rcode: str = "NOERROR", authority: str = "") -> tuple[Dialled, int | None]:
    query = ported_query(7, "254700000001", "e164.arpa")
    assert query is not None
    asked = dns.message.from_wire(encode_query(query))
    reply = dns.message.make_response(asked)
    reply.set_rcode(dns.rcode.from_text(rcode))
    if naptrs:
        reply.answer.append(dns.rrset.from_text(NAME, 600, "IN", "NAPTR", *naptrs))
    if authority:
        reply.authority.append(dns.rrset.from_text("e164.arpa.", 90, "IN", "SOA", authority))
    return ported_of(decode_reply(reply.to_wire()))


def test_the_question_is_what_others_read() -> None:
    query = ported_query(7, "254700000001", "e164.arpa")
    assert query is not None
    read = dns.message.from_wire(encode_query(query))
    assert (str(read.question[0]), read.edns, read.payload) == (f"{NAME} IN NAPTR", 0, 1232)
    assert decode_query(encode_query(query)) == query
    assert ported_query(7, "254700000001", "a..b") is None


@pytest.mark.parametrize(
    ("regexp", "found"),
    [
        ("!^.*$!tel:+254700000001;npdi;rn=+254733!", Dialled("", "254733", True)),
        ("!^.*$!tel:+254700000001;npdi;rn=+254733;cic=+2547!", Dialled("", "254733", True, "+2547")),
        ("!^.*$!sip:+254700000001;npdi;rn=+254733@gw.example.com;user=phone!", Dialled("", "254733", True)),
        ("!^.*$!tel:+254700000001;npdi!", STAYED),
        ("!^.*$!tel:+254700000001;npdi;rn=nonsense!", STAYED),
        ("", STAYED),
    ],
)
def test_an_answer_says_where_a_number_is(regexp: str, found: Dialled) -> None:
    assert answer(f'100 10 "u" "E2U+pstn:tel" "{regexp}" .') == (found, 600)


def test_the_first_record_of_the_service_counts_and_others_say_nothing() -> None:
    sip = '10 10 "u" "E2U+sip" "!^.*$!sip:a@b.example!" .'
    second = '100 20 "u" "e2u+PSTN:sip" "!^.*$!sip:+1;rn=+2@x!" .'
    first = '100 10 "u" "E2U+pstn:tel" "!^.*$!tel:+1;npdi;rn=+254733!" .'
    assert answer(sip, second, first)[0] == Dialled("", "254733", True)
    assert answer(sip)[0] == STAYED


def test_no_such_name_means_that_it_stayed_for_as_long_as_the_zone_says() -> None:
    assert answer(rcode="NXDOMAIN", authority="ns. root. 1 2 3 4 60") == (STAYED, 90)
    assert answer() == (STAYED, None)


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "FORMERR"])
def test_what_is_no_answer_says_nothing(rcode: str) -> None:
    assert answer(rcode=rcode) == (UNANSWERED, None)
