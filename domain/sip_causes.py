"""Causes that switches write otherwise than by Q.850: SIP status (RFC 3398 §7.2.4.1, §8.2.6.1), words."""

NORMAL, UNSPECIFIED = 16, 31

_OF_SIP = {
    400: 41, 401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127, 414: 127,
    415: 79, 416: 127, 420: 127, 421: 127, 423: 127, 480: 18, 481: 41, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17,
    487: NORMAL, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102, 505: 127, 513: 127, 600: 17, 603: 21, 604: 1,
}  # fmt: skip
"""487 answers a CANCEL, which is a normal clearing; 505 is misprinted as 504 in the standard."""

_TO_SIP = {
    1: 404, 2: 404, 3: 404, 16: 480, 17: 486, 18: 408, 19: 480, 20: 480, 21: 403, 22: 410, 23: 410, 26: 404, 27: 502,
    28: 484, 29: 501, 31: 480, 34: 503, 38: 503, 41: 503, 42: 503, 47: 503, 55: 403, 57: 403, 58: 503, 65: 488, 70: 488,
    79: 501, 87: 403, 88: 503, 102: 504, 111: 500, 127: 500,
}  # fmt: skip
"""RFC 3398 §7.2.4.1; 16 is no failure there. The two tables are not the inverse of each other."""

_OF_DISPOSITION = {"answered": NORMAL, "no answer": 19, "busy": 17, "failed": 41, "congestion": 42}


def q850_of_sip(status: int) -> int:
    """Return the Q.850 cause of a final SIP status: 16 after an answer, 31 for what the table lacks, 0 for none."""
    if 200 <= status < 300:
        return NORMAL
    return _OF_SIP.get(status, UNSPECIFIED) if 300 <= status < 700 else 0


def sip_of_q850(cause: int) -> int:
    """Return the SIP status that a failed call with a Q.850 cause is answered with: 500 for what the table lacks."""
    return _TO_SIP.get(cause, 500)


def q850_of_disposition(words: str) -> int:
    """Return the Q.850 cause of Asterisk's disposition; 0 for words that it does not use."""
    return _OF_DISPOSITION.get(" ".join(words.lower().split()), 0)
