"""Which codes belong to some of the codes of a book: ranges in the order of digits, as a database can ask for them."""

from collections.abc import Iterable

CodeRange = tuple[str, str | None]
"""Codes from the first text on and before the second (None: all that follow), in the order of their digits."""

_LAST = ":"
"""Behind all digits."""


def ranges_of(codes: Iterable[tuple[str, bool]]) -> list[CodeRange]:
    """Return the ranges of the codes whose longest beginning among `codes` is wanted, ascending and disjoint.

    `codes`: each once, sorted as text, with whether it is wanted.
    """
    found: list[tuple[str, str]] = []
    above: list[tuple[str, bool]] = []  # ends of the codes that begin where we are, and whether they are wanted
    at = ""
    for code, wanted in (*codes, (_LAST, False)):
        while above and above[-1][0] <= code:
            end, its = above.pop()
            _add(found, at, end, its)
            at = end
        if above:
            _add(found, at, code, above[-1][1])
        at = code
        above.append((after(code) or _LAST, wanted))
    return [(since, None if end == _LAST else end) for since, end in found]


def _add(found: list[tuple[str, str]], since: str, end: str, wanted: bool) -> None:
    if not wanted or since == end:
        return
    if found and found[-1][1] == since:
        since = found.pop()[0]
    found.append((since, end))


def after(code: str) -> str | None:
    """Return the first text behind all that begin with a code: 2549 -> 255; None where nothing can follow."""
    stem = code.rstrip("9")
    if not stem.isdigit():
        return None
    return f"{stem[:-1]}{int(stem[-1]) + 1}"


def shared(codes: Iterable[str]) -> str:
    """Return the digits that begin all codes."""
    first, last = min(codes, default=""), max(codes, default="")
    length = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), None)
    return first[: min(len(first), len(last)) if length is None else length]
