"""Splits are exact at any moment, and who sticks to a vendor stays with it."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from domain.ids import DestinationId, PartnerId
from domain.policies.spread import AtMost, Contest, Spreader, Turns, kept_by, split_of, sticky_of
from domain.taken import Taken
from tests.domain.builders import dice

CLIENT, DESTINATION = PartnerId("marlin"), DestinationId(7)
weights = st.lists(st.integers(1, 10_000), min_size=1, max_size=12)


def assert_exact(turns: Turns, its: list[int]) -> None:
    for weight, sent in zip(its, turns.sent, strict=True):
        assert abs(weight * turns.calls - sum(its) * sent) < sum(its), "less than one call more or less"


@given(weights)
def test_after_any_number_of_calls_each_has_its_part_within_one_call(its: list[int]) -> None:
    turns = Turns(its)
    for _ in range(300):
        turns.take()
        assert_exact(turns, its)


@given(weights, dice)
def test_whoever_has_the_first_call_each_has_its_part_within_one_call(its: list[int], dice: Random) -> None:
    turns = Turns(its)
    turns.take(dice.randrange(len(its)))
    assert_exact(turns, its)
    for _ in range(300):
        turns.take()
        assert_exact(turns, its)


@given(weights, st.integers(1, 4))
def test_many_destinations_with_a_call_each_are_split_too(its: list[int], calls: int) -> None:
    contest = tuple((f"v{place}", weight) for place, weight in enumerate(its))
    spreader, sent = Spreader(), [0] * len(its)
    for destination in range(150):
        place, turns = spreader.take(CLIENT, DestinationId(destination), contest, Taken())
        sent[place] += 1
        for weight, had in zip(its, sent, strict=True):
            assert abs(weight * (destination + 1) - sum(its) * had) < sum(its), "over all first calls"
        for _ in range(calls - 1):
            _, turns = spreader.take(CLIENT, DestinationId(destination), contest, Taken())
            assert_exact(turns, its)


@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), dice)
def test_who_is_behind_for_calls_given_back_gets_the_next_ones(its: list[int], dice: Random) -> None:
    turns = Turns(its)
    taken = [turns.take() for _ in range(dice.randrange(1, 30))]
    for place in dice.sample(taken, dice.randrange(len(taken) + 1)):
        turns.give_back(place)
    for _ in range(30 * sum(its) // min(its)):  # as long as who had all 30 of them may have to wait
        turns.take()
    for _ in range(100):
        turns.take()
        assert_exact(turns, its)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5))
def test_after_as_many_calls_as_all_weights_each_has_had_its_weight(its: list[int]) -> None:
    turns = Turns(its)
    for _ in range(3 * sum(its)):
        turns.take()
    assert turns.sent == [3 * weight for weight in its]


@given(weights.filter(lambda its: len(its) > 1), dice)
def test_where_vendors_come_and_go_the_calls_of_each_set_are_split_exactly(its: list[int], dice: Random) -> None:
    vendors = [(f"v{place}", weight) for place, weight in enumerate(its)]
    spreader = Spreader()
    counted: dict[Contest, list[int]] = {}
    for _ in range(200):
        there: Contest = tuple(one for one in vendors if dice.random() < 0.8) or (vendors[0],)
        turns = spreader.turns(CLIENT, DESTINATION, there)
        counted.setdefault(there, [0] * len(there))[turns.take()] += 1
        assert turns.sent == counted[there]
        assert_exact(turns, [weight for _, weight in there])


def test_one_to_two_is_a_third_and_two_thirds() -> None:
    turns = Turns([1, 2])
    assert [turns.take() for _ in range(6)] == [1, 0, 1, 1, 0, 1]


def test_evenly_they_take_turns() -> None:
    turns = Turns([1, 1, 1])
    assert [turns.take() for _ in range(7)] == [0, 1, 2, 0, 1, 2, 0]


def test_clients_and_destinations_have_counts_of_their_own_and_the_oldest_are_forgotten() -> None:
    spreader = Spreader(limit=2)
    contest = (("a", 1), ("b", 1))
    first = spreader.turns(CLIENT, DESTINATION, contest)
    assert spreader.turns(CLIENT, DestinationId(8), contest) is not first
    assert spreader.turns(CLIENT, DESTINATION, contest) is first
    spreader.turns(PartnerId("tessera"), DESTINATION, contest)  # in place of destination 8, which was used before
    assert spreader.turns(CLIENT, DESTINATION, contest) is first
    most = spreader.at_most(CLIENT, DESTINATION, "e", PartnerId("a"))
    assert spreader.at_most(CLIENT, DESTINATION, "e", PartnerId("a")) is most
    spreader.at_most(CLIENT, DESTINATION, "e", PartnerId("b"))
    spreader.at_most(CLIENT, DESTINATION, "e", PartnerId("c"))
    assert spreader.at_most(CLIENT, DESTINATION, "e", PartnerId("a")) is not most


@given(st.integers(1, 10_000))
def test_at_most_is_never_passed(most_bp: int) -> None:
    count = AtMost()
    for _ in range(300):
        over = count.over(most_bp)
        count.calls += 1
        count.sent += not over
        assert count.sent * 10_000 <= most_bp * count.calls
        assert (count.sent + 1) * 10_000 > most_bp * count.calls - 10_000, "and it is used up"


@given(weights.filter(lambda its: len(its) > 1), st.text(max_size=20), dice)
def test_a_number_stays_with_its_vendor_when_others_go(its: list[int], number: str, dice: Random) -> None:
    contest: Contest = tuple((f"v{place}", weight) for place, weight in enumerate(its))
    kept = contest[kept_by(number, contest)]
    gone = dice.choice([one for one in contest if one != kept])
    rest = tuple(one for one in contest if one != gone)
    assert rest[kept_by(number, rest)] == kept


def test_numbers_stick_by_weights() -> None:
    contest = (("a", 1), ("b", 3))
    had = sum(kept_by(f"4477009{number:05}", contest) for number in range(10_000))
    assert abs(had - 7_500) < 150


def test_what_is_written_of_a_split_is_read() -> None:
    read = split_of("kestrel:60, savanna : 40")
    assert read is not None
    assert (read.weight_of(PartnerId("kestrel")), read.weight_of(PartnerId("savanna"))) == (60, 40)
    assert read.weight_of(PartnerId("other")) == 0
    even = split_of("even")
    assert even is not None
    assert even.weight_of(PartnerId("any")) == 1
    assert split_of("none") is None
    assert (sticky_of("caller"), sticky_of("number"), sticky_of("none")) == ("caller", "number", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("kestrel", "'kestrel' in column 1 is no vendor with its weight"),
        ("kestrel:60, savanna:x", "'savanna:x' in column 13 is no vendor with its weight"),
        ("kestrel:60,kestrel:40", "'kestrel:40' in column 12: kestrel is named before"),
        ("kestrel:0", "'kestrel:0' in column 1: the weight is 0"),
        (",".join(f"v{place}:1" for place in range(65)), "65 vendors"),
    ],
)
def test_what_is_no_split_is_told(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        split_of(text, "policy p, split")


def test_what_calls_cannot_stick_to_is_told() -> None:
    with pytest.raises(InputError, match="calls cannot stick to 'moon'"):
        sticky_of("moon")


@given(weights.filter(lambda its: len(its) > 1), st.integers(1, 3), dice)
def test_a_question_that_comes_again_takes_the_turn_that_it_had_and_none_besides(
    its: list[int], destinations: int, dice: Random
) -> None:
    contest = tuple((f"v{place}", weight) for place, weight in enumerate(its))
    asked, plain = Spreader(), Spreader()
    had: list[tuple[DestinationId, int, Taken]] = []
    for _ in range(60):
        destination, taken = DestinationId(dice.randrange(destinations)), Taken()
        place, _ = asked.take(CLIENT, destination, contest, taken)
        assert place == plain.take(CLIENT, destination, contest, Taken())[0]
        had.append((destination, place, taken))
        while dice.random() < 0.5:  # any question of before, however often
            number = dice.randrange(len(had))
            its_destination, its_place, before = had[number]
            before.give_back()
            again = Taken()
            assert asked.take(CLIENT, its_destination, contest, again, before)[0] == its_place
            had[number] = its_destination, its_place, again
    for counted in (*map(DestinationId, range(destinations)), None):
        mine, others = (one.turns(CLIENT, counted, contest) for one in (asked, plain))
        assert (mine.calls, mine.sent) == (others.calls, others.sent)
