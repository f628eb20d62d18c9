"""Words for release causes (ITU-T Q.850, table 1), short enough for a column."""

_WORDS = {
    1: "unallocated", 2: "no transit", 3: "no route", 16: "cleared", 17: "busy", 18: "no reply", 19: "no answer",
    20: "absent", 21: "rejected", 22: "changed", 26: "not chosen", 27: "out of order", 28: "bad number",
    29: "facility", 31: "cleared, other", 34: "no circuit", 38: "network down", 41: "temporary",
    42: "congestion", 44: "no channel", 47: "no resource", 50: "not subscribed", 57: "not authorised",
    58: "not available", 63: "no service", 65: "no bearer", 79: "not implemented", 87: "not in group",
    88: "incompatible", 95: "bad message", 102: "timer expired", 111: "protocol", 127: "interworking",
}  # fmt: skip


def words(cause: int) -> str:
    """Return words for a cause, or its number; nothing for 0 (none reported)."""
    return _WORDS.get(cause, f"cause {cause}" if cause else "")
