"""What is counted for an end user's bill is what usage says, and the list of its calls adds up to it."""

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from actors.tasks import UserBillQuery
from cluster.tasks.end_users import user_bill, user_traffic
from domain.ids import EndUserId, PartnerId
from store.bill_file import read_calls
from tests.cluster.tasks.places import DAY_MS, a_catalog, a_place
from tests.cluster.tasks.test_leg_search import any_leg, filled
from tests.domain.builders import NOON, dice


@settings(max_examples=6)
@given(dice)
def test_a_cut_has_the_sums_of_usage_and_the_calls_that_add_up_to_them(dice: Random) -> None:
    with a_place() as place, TemporaryDirectory() as folder:
        a_catalog(place.home.catalog_url()).close()
        filled(place, [any_leg(dice, at) for at in range(60)], sealed=dice.randrange(61))
        from_ms, file = NOON - dice.randrange(3 * DAY_MS), Path(folder, "bills", "calls.json")
        query = UserBillQuery(PartnerId("orbita"), from_ms, from_ms + 2 * DAY_MS, EndUserId(""), listed=True, file=file)
        cut = user_bill(place.home, query)
        assert cut.usages == user_traffic(place.home, query.partner, query.from_ms, query.to_ms, query.user)
        assert sum(call.charge for call in cut.calls) == sum(usage.charge for usage in cut.usages)
        assert read_calls(file, "n") == cut.calls
