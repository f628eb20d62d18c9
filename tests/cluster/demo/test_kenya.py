"""Nordlink's Kenya: sick from one attempt on, mended by the story, and what a switch saw of it."""

from cluster.demo.figures import SwitchFigures
from cluster.demo.kenya import FAILING, TRIES, KenyaFacts, facts_of
from cluster.demo.vendors import FIRST_SICK, KNOWN_MS, Vendors
from cluster.demo.verify_routes import FLOOR, OUT_AT
from cluster.demo.world import KENYA, NORDLINK, POLICIES, SAVANNA
from domain.route_states import Outcome, RouteState, Standing
from domain.route_watch import Watch


def tried(vendors: Vendors, attempts: int) -> list[bool]:
    """Let Nordlink be tried; return which attempts were answered."""
    return [vendors.attempt(NORDLINK, KENYA).answered for _ in range(attempts)]


def test_every_fourth_sick_attempt_is_answered_until_it_is_mended() -> None:
    vendors = Vendors()
    tried(vendors, FIRST_SICK - 1)
    assert vendors.sick == 0
    assert tried(vendors, 12) == [False, False, False, True] * 3
    vendors.mend()
    assert vendors.sick == 12
    assert sum(tried(vendors, 50)) == 19
    assert vendors.sick == 12


def test_any_fifty_sound_attempts_have_nineteen_answers() -> None:
    vendors = Vendors()
    answers = tried(vendors, 500)
    assert {sum(answers[at : at + 50]) for at in range(450)} == {19}


def test_attempts_become_known_in_the_order_of_their_numbers() -> None:
    vendors = Vendors()
    made = [vendors.attempt(NORDLINK, KENYA) for _ in range(FIRST_SICK + 100)]
    assert {one.connect_ms or one.ends_ms for one in made} == {KNOWN_MS}


def test_other_clients_and_vendors_stay_sound() -> None:
    vendors = Vendors()
    answers = [vendors.attempt(SAVANNA, KENYA).answered for _ in range(FIRST_SICK + 99)]
    assert sum(answers[-100:]) == 40


def test_the_watch_takes_it_out_between_the_87th_and_the_100th_sick_attempt() -> None:
    says = POLICIES[0].says
    watch = Watch(asr=float(says["watch_asr"]), least_calls=int(says["watch_least_calls"]))
    assert watch.asr == FLOOR
    vendors, state = Vendors(), RouteState()
    for number, answered in enumerate(tried(vendors, FIRST_SICK + 120), 1):
        if events := state.hear(Outcome(number, answered, answered), watch, number):
            break
    assert events[0].after is Standing.OUT
    assert number - FIRST_SICK + 1 in OUT_AT
    assert (events[0].measured[0].value, events[0].measured[0].calls) == (25.0, 100)


def test_what_the_switch_saw_is_told_apart() -> None:
    vendors = Vendors()
    tried(vendors, FIRST_SICK + 299)
    vendors.mend()
    both, alone, behind = (NORDLINK, SAVANNA), (SAVANNA,), (SAVANNA, NORDLINK)
    offered = dict(enumerate([both, both, alone, both, alone, behind, alone, both, both]))
    figures = SwitchFigures(offered=offered, talked_s=dict.fromkeys(offered, 30))
    assert facts_of(figures, vendors) == KenyaFacts(300, 300 - FAILING * TRIES, 1, 1, 3, 90)


def test_a_route_that_never_went_out_has_no_tries() -> None:
    assert facts_of(SwitchFigures(offered={1: (NORDLINK,)}), Vendors()) == KenyaFacts(0, 0, 0, 0, 0, 0)
