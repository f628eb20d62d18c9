"""Longest match over codes that change: a dict with a bound on how long a code can be. Frozen twin: intervals."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Generic, TypeVar

T = TypeVar("T")


class PrefixTable(MutableMapping[str, T], Generic[T]):
    """A mapping of code -> value that finds the longest code which begins a number.

    Invariant: no code is longer than the bound kept for its first digit (deleting leaves the bound, which only costs
    a few misses), so a look-up tries as many lengths as that part of the world has, not fifteen.
    """

    def __init__(self, items: Mapping[str, T] | None = None) -> None:
        self._values: dict[str, T] = {}
        self._longest: dict[str, int] = {}
        self.update(items or {})

    def match(self, number: str) -> tuple[str, T] | None:
        """Return the longest code that begins the number, with its value; None when no code does."""
        return next(self.matches(number), None)

    def matches(self, number: str) -> Iterator[tuple[str, T]]:
        """Yield every code that begins the number with its value, longest first."""
        for length in range(min(self._longest.get(number[:1], 0), len(number)), -1, -1):
            code = number[:length]
            if code in self._values:
                yield code, self._values[code]

    def __getitem__(self, code: str) -> T:
        return self._values[code]

    def __setitem__(self, code: str, value: T) -> None:
        self._values[code] = value
        self._longest[code[:1]] = max(self._longest.get(code[:1], 0), len(code))

    def __delitem__(self, code: str) -> None:
        del self._values[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)
