"""States of routes as they are kept: who is out of the lists, who is last in them."""

import pytest

from domain.ids import DestinationId, PartnerId
from domain.kept_route import KeptState
from domain.route_states import Standing
from domain.route_watch import Action, Watch

REMOVE, LAST, TELL = (Watch(asr=35.0, action=action, new=30) for action in Action)


@pytest.mark.parametrize(
    ("watch", "standing", "batch", "stands", "out", "last"),
    [
        (REMOVE, Standing.OUT, 0, "out", True, False),
        (REMOVE, Standing.PROBING, 1, "probing", True, False),
        (REMOVE, Standing.PROBING, 0, "probing", False, True),  # new: nothing is known of it
        (LAST, Standing.OUT, 0, "last", False, True),
        (LAST, Standing.PROBING, 2, "probing", False, True),
        (LAST, Standing.LOCKED_OUT, 0, "locked-out", True, False),  # an order by hand leaves it out
        (TELL, Standing.OUT, 0, "out", False, False),
        (TELL, Standing.PROBING, 0, "probing", False, False),
        (TELL, Standing.LOCKED_OUT, 0, "locked-out", True, False),
        (None, Standing.LOCKED_OUT, 0, "locked-out", True, False),
        (None, Standing.LOCKED_IN, 0, "locked-in", False, False),
        *((watch, standing, 0, standing.value, False, False)
          for watch in (REMOVE, LAST, TELL)
          for standing in (Standing.ACTIVE, Standing.WARNED, Standing.TRIAL, Standing.LOCKED_IN)),
    ],
)  # fmt: skip
def test_a_route_is_out_or_last_as_its_watch_says(
    watch: Watch | None, standing: Standing, batch: int, stands: str, out: bool, last: bool
) -> None:
    kept = KeptState(watch, PartnerId("kestrel"), DestinationId(1), standing, 0, "asr 25.0", batch=batch)
    assert (kept.stands, kept.is_out, kept.is_last) == (stands, out, last)
