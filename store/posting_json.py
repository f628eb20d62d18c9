"""Postings as JSON: on their way from one book's outbox to another book."""

import json
from dataclasses import asdict

from domain.calls import Side
from domain.commands import Posting


def posting_text(posting: Posting) -> str:
    """Write a posting as JSON."""
    octets = {"call_key": posting.call_key.hex(), "session_id": posting.session_id.hex()}
    return json.dumps({**asdict(posting), "side": posting.side.value, **octets})


def posting_of(text: str) -> Posting:
    """Read a posting; fields that an older version did not write keep their default."""
    given = json.loads(text)
    given |= {name: bytes.fromhex(given[name]) for name in ("call_key", "session_id") if name in given}
    return Posting(**given | {"side": Side(given["side"])})
