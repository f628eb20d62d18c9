"""The token bucket behind limits on calls per second."""

from dataclasses import dataclass

ONE_CALL = 1000
"""Tokens that one call takes: cps tokens flow in each millisecond."""


@dataclass(frozen=True, slots=True)
class RateBucket:
    """A token bucket in thousandths of a call: `cps` calls a second on the average, `most` tokens at once.

    `most` None: a second's worth. `call`: the tokens that a call takes, more of them where several processes share one
    limit. In t seconds no more than most / call + cps x t calls go through. A new bucket is full.
    """

    tokens: int = 0
    filled_ms: int = -1

    def after(self, cps: int, at_ms: int, most: int | None = None) -> int:
        """Return the tokens there would be at a moment; time that goes back adds none."""
        full = cps * ONE_CALL if most is None else most
        if self.filled_ms < 0:
            return full
        return min(full, self.tokens + cps * max(0, at_ms - self.filled_ms))

    def taken(self, cps: int, at_ms: int, most: int | None = None, call: int = ONE_CALL) -> "RateBucket":
        """Return the bucket after one call was let through."""
        return RateBucket(self.after(cps, at_ms, most) - call, max(at_ms, self.filled_ms))

    def given_back(self, call: int = ONE_CALL) -> "RateBucket":
        """Return the bucket after a call that was let through did not go after all; it gets no fuller than full."""
        return RateBucket(self.tokens + call, self.filled_ms)
