"""Mail of ours as it comes back within another: by which Message-ID it is known."""

import re
from collections.abc import Sequence

from store.mime import Part, data_of, first, parsed

IDS_MOST = 50
_ID = re.compile(r"<[^<>\s@]{1,250}@[^<>\s@]{1,250}>")
_MAILS = frozenset(("message/rfc822", "message/global"))
_HEADS = frozenset(("text/rfc822-headers", "message/global-headers"))


def ids_in(*texts: str) -> tuple[str, ...]:
    """Return the Message-IDs in texts, each once, in their order."""
    found = (one for text in texts for one in _ID.findall(text[:20_000]))
    return tuple(dict.fromkeys(found))[:IDS_MOST]


def returned_ids(parts: Sequence[Part]) -> tuple[str, ...]:
    """Return the Message-IDs of mails, and of heads of mails, that came back as parts of one."""
    found: list[str] = []
    for part in parts:
        kind = part.get_content_type()
        if kind in _MAILS or kind in _HEADS:
            within = part.get_payload() if part.is_multipart() else [parsed(data_of(part) or b"")]
            found += [first(one, "Message-ID") for one in within if not isinstance(one, str)]
    return ids_in(*found)
