"""What a call took when it was decided about, and gives back where it does not go after all."""

from collections.abc import Callable


class Taken:
    """The turns, parts and tries that one call was counted for. Invariant: each is given back once at most.

    `turn`: of which count it took whose turn, and whether that was the first call of the count (None: it took none); it
    stays when all is given back, so that the same question can be answered with it again.
    """

    __slots__ = ("_undo", "turn")

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self.turn: tuple[object, int, bool] | None = None

    def __len__(self) -> int:
        return len(self._undo)

    def add(self, undo: Callable[[], None]) -> None:
        """Note how something that was counted is given back."""
        self._undo.append(undo)

    def give_back(self) -> None:
        """Count nothing of the call any more: it was refused, or nobody hears the answer."""
        undo, self._undo = self._undo, []
        for one in undo:
            one()
