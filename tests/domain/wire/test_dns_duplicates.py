"""Questions that come again: the answer of the first time, for five seconds, for so many questions."""

from domain.wire.dns_duplicates import KEEP_S, RecentAnswers
from tests.domain.wire.dns_bytes import query

ASKER = ("192.0.2.1", 4711)


def test_a_repetition_gets_the_answer_once_there_is_one_in_whatever_letters_it_asks() -> None:
    recent: RecentAnswers[str] = RecentAnswers(10)
    assert recent.begin(query(), ASKER, 0) == (True, None)
    assert recent.begin(query(), ASKER, 1) == (False, None)
    recent.answered(query(), ASKER, "routes")
    other_letters = query()._replace(name=query().name.replace(b"arpa", b"aRPa"), edns=None)
    assert recent.begin(other_letters, ASKER, KEEP_S) == (False, "routes")
    assert recent.begin(query(), ASKER, KEEP_S + 0.1) == (True, None)


def test_another_id_port_name_or_type_is_another_question() -> None:
    recent: RecentAnswers[str] = RecentAnswers(10)
    others = [
        (query(), ASKER),
        (query(id=9), ASKER),
        (query(), ("192.0.2.1", 4712)),
        (query(), ("192.0.2.2", 4711)),
        (query("1.2.3.4.5.e164.arpa"), ASKER),
        (query(type=255), ASKER),
    ]
    assert [recent.begin(its, source, 0) for its, source in others] == [(True, None)] * 6


def test_with_an_origin_neither_port_nor_id_makes_another_question() -> None:
    recent: RecentAnswers[str] = RecentAnswers(10)
    assert recent.begin(query(), ASKER, 0, b"sip:1@h") == (True, None)
    recent.answered(query(), ASKER, "routes", b"sip:1@h")
    assert recent.begin(query(id=9), ("192.0.2.1", 4712), 1, b"sip:1@h") == (False, "routes")
    assert recent.begin(query(id=9), ("192.0.2.1", 4712), 1, b"sip:2@h") == (True, None)
    assert recent.begin(query(id=9), ("192.0.2.2", 4712), 1, b"sip:1@h") == (True, None)


def test_what_failed_is_tried_as_new_and_the_oldest_are_forgotten_first() -> None:
    recent: RecentAnswers[str] = RecentAnswers(2)
    recent.begin(query(), ASKER, 0)
    recent.failed(query(), ASKER)
    for number in range(3):
        assert recent.begin(query(id=number), ASKER, 0) == (True, None)
        recent.answered(query(id=number), ASKER, str(number))
    assert len(recent) == 2
    recent.answered(query(id=0), ASKER, "too late")
    assert recent.begin(query(id=2), ASKER, 0) == (False, "2")
    assert recent.begin(query(id=0), ASKER, 0) == (True, None)
