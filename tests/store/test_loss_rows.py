"""What is counted of allowed losses comes back from a book as it went in, in both databases."""

from pathlib import Path

from domain.calls import Side
from domain.ids import CallKey, LegId, TrunkId
from domain.loss_book import LossCall, LossLeg
from domain.losses import LossUseId
from domain.placement import Placement
from store.book import Book, Writes
from tests.store.books import opened

PERIOD = (LossUseId("promo 7"), 1_793_620_800_000)
CALL = LossCall(
    call_key=CallKey(b"k" * 16),
    at_ms=1_793_620_800_001,
    until_ms=1_793_620_801_000,
    ways={TrunkId("dear-out"): PERIOD},
    expected={PERIOD: 2**40},
    legs={
        LegId(b"a" * 16): LossLeg(Side.VENDOR, TrunkId("dear-out"), 2**40, True, True),
        LegId(b"b" * 16): LossLeg(Side.CLIENT, TrunkId("in"), 5, False, False),
    },
    waits=True,
)


def test_calls_and_sums_come_back_as_they_went_in_and_are_forgotten(book_url: str, tmp_path: Path) -> None:
    book = opened(book_url, tmp_path)
    book.commit(Writes(losses={CALL.call_key: CALL}, loss_sums={PERIOD: 3}))
    book.commit(Writes(losses={CALL.call_key: CALL}, loss_sums={PERIOD: 2**50}))
    book.close()
    again = Book.open(book_url, tmp_path, Placement().books - 1)
    known = again.load().losses
    assert (known.calls, known.sums) == ((CALL,), ((PERIOD, 2**50),))
    again.commit(Writes(losses={CALL.call_key: None}))
    known = again.load().losses
    assert (known.calls, known.sums) == ((), ((PERIOD, 2**50),))
    again.close()
