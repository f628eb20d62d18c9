"""What is written in a mail: its plain text, else its HTML as text, up to where it quotes another mail."""

from collections.abc import Sequence
from html.parser import HTMLParser

from store.mime import ODD, Part, data_of, plain

TEXT_MOST = 1 << 15
"""Bytes of a text that are read: longer ones say nothing more that is clear."""
_LINES = frozenset(("br", "p", "div", "tr", "li", "h1", "h2", "h3", "hr", "table"))
_HIDDEN = frozenset(("style", "script", "head", "title"))
_QUOTES = (
    "gmail_quote",
    "yahoo_quoted",
    "moz-cite-prefix",
    "divrplyfwdmsg",
    "appendonsend",
    "mail-editor-reference-message",
    "olk_src_body_section",
    "protonmail_quote",
)
"""Names that mail programs give to where the mail begins that they quote."""


def body_of(parts: Sequence[Part]) -> str:
    """Return the first text of a mail that is no file; of its parts without those of mails within."""
    found: dict[str, str] = {}
    for part in parts:
        kind = part.get_content_type()
        if kind in ("text/plain", "text/html") and not _is_file(part) and not found.get(kind):
            found[kind] = text_of(part)
    text = found.get("text/plain", "")
    return text if text.strip() else _text_of_html(found.get("text/html", ""))


def text_of(part: Part) -> str:
    """Return a part as text; what its character set does not have is replaced."""
    data = (data_of(part) or b"")[:TEXT_MOST]
    try:
        return data.decode(part.get_content_charset("utf-8"), "replace")
    except ODD:  # no character set that anybody knows
        return data.decode("latin-1")


def _is_file(part: Part) -> bool:
    try:
        return part.get_content_disposition() == "attachment" or bool(part.get_filename())
    except ODD:
        return True


def _text_of_html(markup: str) -> str:
    reader = _Reader()
    try:
        reader.feed(markup)
        reader.close()
    except ODD:  # no markup that the reader can follow
        pass
    return "".join(reader.pieces)


class _Reader(HTMLParser):
    """Takes the text out of markup; `hidden`: how many tags it is in whose text nobody sees."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self._hidden = 0
        self._quotes = 0
        self._ended = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = " ".join(value or "" for name, value in attrs if name in ("id", "class")).lower()
        if any(mark in named for mark in _QUOTES):
            self._ended = True
        self._hidden += tag in _HIDDEN
        self._quotes += tag == "blockquote"
        if tag in _LINES:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        self._quotes = max(0, self._quotes - (tag == "blockquote"))
        if tag in ("p", "div", "tr", "blockquote"):
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._ended and not self._hidden and not self._quotes:
            self.pieces.append(" " + plain(data) + " " if data.strip() else " ")
