"""Postings that belong together: how a partner stands is judged by their sum, not by one after the other."""

from collections.abc import Iterable
from dataclasses import replace

from domain.commands import Posting


def together(postings: Iterable[Posting]) -> list[Posting]:
    """Return postings in their order, of which only the last to each balance says that nothing follows.

    A charge that takes the place of another is a new one and one taken back: judged between the two, a client would be
    suspended that never reached its limit, or be told that it is reinstated when it is not.
    """
    last = list(postings)
    seen = set()
    for index in range(len(last) - 1, -1, -1):
        its = last[index]
        balance = (its.partner, its.side, its.currency)
        if balance in seen:
            last[index] = replace(its, more=True)
        seen.add(balance)
    return last
