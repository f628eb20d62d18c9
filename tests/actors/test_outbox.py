"""What waits for other books is looked at a batch at a time, however much there is."""

from hypothesis import given
from hypothesis import strategies as st

from actors.outbox import Outbox, Waiting
from domain.calls import Side
from domain.commands import Parcel, Posting
from domain.ids import CallKey, PartnerId
from domain.money import Currency

PARCEL = Posting(PartnerId("orbita"), Side.CLIENT, Currency("USD"), 1, CallKey(b""), "", 0)


class Counted(Outbox):
    """Counts what it is asked for one by one."""

    asked = 0

    def __getitem__(self, number: int) -> Waiting:
        self.asked += 1
        return super().__getitem__(number)


@given(st.lists(st.integers(0, 3)), st.sets(st.integers(0, 40)), st.integers(1, 5))
def test_of_each_book_the_oldest_are_due_in_their_order(books: list[int], gone: set[int], most: int) -> None:
    outbox = Outbox()
    for number, to_book in enumerate(books):
        outbox[number] = (to_book, PARCEL)
    for number in gone:
        outbox.pop(number, None)
    left = {number: to_book for number, to_book in enumerate(books) if number not in gone}
    expected: dict[int, list[tuple[int, Parcel]]] = {}
    for number, to_book in left.items():
        expected.setdefault(to_book, []).append((number, PARCEL))
    assert outbox.due(most) == {to_book: its[:most] for to_book, its in expected.items()}
    assert len(outbox) == len(left) and dict(outbox) == {number: (to, PARCEL) for number, to in left.items()}


def test_a_look_touches_no_more_than_a_batch() -> None:
    outbox = Counted()
    outbox.update({number: (number % 2, PARCEL) for number in range(20_000)})
    assert [number for number, _ in outbox.due(3)[1]] == [1, 3, 5]
    assert outbox.asked == 0
