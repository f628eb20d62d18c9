"""Figures of few calls, leaning on what is known of more: each figure is a mean with PRIOR_CALLS calls as the parent's.

So one failed call of a new vendor is no ASR of 0, and one answered call none of 100: after 20 calls its own weigh as
much as all that is known beside them, after 200 ten times as much (facts: quality §5).
"""

from domain.quality_calls import pdd_share
from domain.quality_figures import UNKNOWN, Figures
from domain.quality_series import SHORT, TALK, Tally
from domain.wilson import leaning, share_bounds

PRIOR_CALLS = 20
"""So many calls as the parent's are added to those that were counted."""


def leaned(tally: Tally, parent: Figures = UNKNOWN, open_calls: int = 0) -> Figures:
    """Return the figures of some calls; `open_calls`: answered and not over, which count as answers, not as talk.

    Without them the ASR of a short window would be that of calls that fail at once.
    """
    ended_answers, rang = tally.answered, sum(tally.delays)
    attempts, answered = tally.attempts + open_calls, ended_answers + open_calls
    low, high = share_bounds(answered, attempts)
    return Figures(
        asr=leaning(100 * answered, attempts, parent.asr, PRIOR_CALLS),
        ner=leaning(100 * (tally.effective + open_calls), attempts, parent.ner, PRIOR_CALLS),
        acd=leaning(tally.sums[TALK], ended_answers, parent.acd, PRIOR_CALLS),
        pdd_p50=leaning((pdd_share(tally.delays, 0.50) or 0.0) * rang, rang, parent.pdd_p50, PRIOR_CALLS),
        pdd_p95=leaning((pdd_share(tally.delays, 0.95) or 0.0) * rang, rang, parent.pdd_p95, PRIOR_CALLS),
        short_pct=leaning(100 * tally.sums[SHORT], ended_answers, parent.short_pct, PRIOR_CALLS),
        attempts=float(attempts),
        minutes=tally.sums[TALK] / 60,
        asr_low=low,
        asr_high=high,
    )
