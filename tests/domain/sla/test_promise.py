"""What clients are promised, out of their policies."""

import pytest

from domain.errors import InputError
from domain.policies.fields import changed_policy, said_texts
from domain.policies.policy import Policy
from domain.sla.promise import LEAST_CALLS, promise_of, split_parts


def test_what_is_promised_is_keep_where_its_figures_mean_something_of_the_clients_calls() -> None:
    promise = promise_of((Policy("gold", keep='asr(24h) >= 40 and vendor_class = "premium" and pdd_p95 < 8'),))
    assert promise is not None
    assert promise.measured == ("asr >= 40", "pdd_p95 < 8")
    assert promise.unmeasured == ('vendor_class = "premium"',)
    assert (promise.bucket_s, promise.least_calls) == (3_600, LEAST_CALLS)


def test_a_part_that_mixes_both_is_not_measured() -> None:
    assert split_parts("asr >= 40 or cli_guaranteed") == ((), ("asr >= 40 or cli_guaranteed",))
    assert split_parts("client_asr(1h) >= 40") == (("asr >= 40",), ())


def test_floors_of_the_clients_own_stand_in_the_place_of_keep() -> None:
    policy = Policy("gold", keep="asr >= 45", sla_asr=40, sla_pdd=8, sla_bucket="15m", sla_least_calls=50)
    promise = promise_of((policy,))
    assert promise is not None
    assert promise.measured == ("asr >= 40", "pdd_p50 <= 8")
    assert promise.words == "asr >= 40 and pdd_p50 <= 8"
    assert (promise.bucket_s, promise.least_calls) == (900, 50)


def test_the_policy_on_top_says_it_and_0_takes_a_floor_away() -> None:
    below = Policy("default", sla_asr=40, sla_ner=90)
    on_top = promise_of((below, Policy("gold", sla_asr=45)))
    assert on_top is not None
    assert on_top.words == "asr >= 45 and ner >= 90"
    assert promise_of((Policy("default", sla_asr=40), Policy("grey", sla_asr=0))) is None
    assert promise_of((Policy("default"),)) is None


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [("sla_asr", "140", "sla_asr 140"), ("sla_acd", "90000", "sla_acd 90000"), ("sla_bucket", "2h", "no bucket"),
     ("sla_least_calls", "0", "sla_least_calls 0")],
)  # fmt: skip
def test_promises_that_cannot_be_are_refused(field: str, value: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        changed_policy(Policy("gold"), {field: value})


def test_promises_are_fields_like_others() -> None:
    policy = changed_policy(Policy("gold"), {"sla_asr": "40", "sla_bucket": "15m", "sla_least_calls": "30"})
    assert said_texts(policy) == {"sla_asr": "40", "sla_bucket": "15m", "sla_least_calls": "30"}
