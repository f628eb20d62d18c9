"""Reports of mail servers and mail programs about a mail: of delivery (RFC 3464), of reading (RFC 8098)."""

import re
from collections.abc import Sequence

from domain.notices.replies import Reply
from domain.notices.states import ContactState
from store.mime import ADDRESS, Part, first, header, parsed, sender_of
from store.returned import ids_in, returned_ids

BLOCKS_MOST = 100
WORDS_MOST = 500
_DELIVERY = frozenset(("message/delivery-status", "message/global-delivery-status"))
_READING = frozenset(("message/disposition-notification", "message/global-disposition-notification"))
_ACTIONS = {
    "failed": ContactState.BOUNCED,
    "delivered": ContactState.DELIVERED,
    "expanded": ContactState.DELIVERED,
    "relayed": ContactState.SENT,
    "delayed": ContactState.SENT,
}
_CLASSES = {"2": ContactState.DELIVERED, "4": ContactState.SENT, "5": ContactState.BOUNCED}
_FIRST = (ContactState.BOUNCED, ContactState.DELIVERED, ContactState.SENT)
"""Of several recipients, which happens when ours stands for some, who did not get it is told of first."""
_HEX = re.compile(r"\+([0-9A-F]{2})")


def read_report(message: Part, parts: Sequence[Part]) -> Reply | None:
    """Return what a report says of a mail that it names, None where it is none."""
    for part in parts:
        kind = part.get_content_type()
        if kind in _DELIVERY:
            return _delivery(message, parts, _blocks(part))
        if kind in _READING:
            return _reading(message, parts, _blocks(part))
    return None


def _delivery(message: Part, parts: Sequence[Part], blocks: Sequence[Part]) -> Reply | None:
    envelope = next((_plain_id(one) for block in blocks if (one := header(block, "Original-Envelope-Id"))), "")
    about = ids_in(*returned_ids(parts), envelope, *_answered(message))
    told = [(state, block) for block in blocks if (state := _state(block)) is not None]
    if not about or not told:
        return None
    state, block = min(told, key=lambda one: _FIRST.index(one[0]))
    action, status = _word(block, "Action"), header(block, "Status").partition(" ")[0]
    said = header(block, "Diagnostic-Code").partition(";")[2].strip() or status
    words = said if state is ContactState.BOUNCED else f"{action or 'status'} {said}".strip()
    is_sure = message.get_content_type() == "multipart/report" or returned_ids(parts)
    by_text = None if is_sure else sender_of(message)
    return Reply(about, state, _recipient(block), words[:WORDS_MOST], is_report=True, by_text=by_text)


def _reading(message: Part, parts: Sequence[Part], blocks: Sequence[Part]) -> Reply | None:
    named = [first(block, "Original-Message-ID") for block in blocks]
    about = ids_in(*named, *returned_ids(parts), *_answered(message))
    if not about or not blocks:
        return None
    done = header(blocks[0], "Disposition").partition(";")[2].strip().lower()
    return Reply(about, ContactState.DELIVERED, _recipient(blocks[0]), done[:WORDS_MOST], is_report=True)


def _blocks(part: Part) -> list[Part]:
    """Return the blocks of fields of a report; the parser has made mails of them, or one mail of all."""
    within = part.get_payload()
    blocks: list[Part] = []
    for one in within if isinstance(within, list) else [within]:
        text = one if isinstance(one, str) else one.get_payload()
        if not isinstance(one, str):
            blocks.append(one)
        if isinstance(text, str) and text.strip():
            pieces = re.split(r"\r?\n[ \t]*\r?\n", text.strip())
            blocks += [parsed(piece.encode("utf-8", "replace")) for piece in pieces[:BLOCKS_MOST]]
    return blocks[:BLOCKS_MOST]


def _state(block: Part) -> ContactState | None:
    """Return what a block says of its recipient, None where it is about none."""
    action = _word(block, "Action")
    return _ACTIONS.get(action) or _CLASSES.get(header(block, "Status")[:1])


def _word(block: Part, name: str) -> str:
    return (header(block, name).lower().split() or [""])[0].strip("();,")


def _recipient(block: Part) -> str:
    """Return whom a block is about: as we named it, else as the reporting server knows it."""
    for name in ("Original-Recipient", "Final-Recipient"):
        address = header(block, name).partition(";")[2].strip().strip("<>").lower()
        given = _unescaped(address) if "+" in address and name.startswith("Original") else address
        if ADDRESS.fullmatch(given):
            return given
    return ""


def _answered(message: Part) -> tuple[str, ...]:
    return ids_in(first(message, "In-Reply-To"), *reversed(ids_in(first(message, "References"))))


def _plain_id(envelope: str) -> str:
    return f"<{_unescaped(envelope).strip('<>')}>"


def _unescaped(text: str) -> str:
    """Return what RFC 3461 section 4 writes as xtext."""
    return _HEX.sub(lambda found: chr(int(found[1], 16)), text)
