"""The words of a PDF that Typst made, read from its content streams by its fonts' own ToUnicode maps (PDF 32000, 9.10).

Typst writes two-byte glyph numbers as literal strings, and bfchar and bfrange entries in its maps: no more is read.
"""

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n")
_LITERAL = re.compile(rb"\(((?:[^\\()]|\\.)*)\)", re.DOTALL)
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|(.))", re.DOTALL)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_CHAR = re.compile(rb"<([0-9a-fA-F]{4})> <([0-9a-fA-F]+)>")


def pdf_words(pdf: bytes) -> str:
    """Return all runs of text, a line each, read once with each font's map: one of the readings makes sense."""
    streams = [_inflate(pdf[match.end() :]) for match in _STREAM.finditer(pdf)]
    maps = [_glyphs(stream) for stream in streams if b"begincmap" in stream]
    runs = [_run(block) for s in streams if b"BT" in s and b"Tf" in s for block in s.split(b"BT")[1:]]
    return "\n".join("".join(glyphs.get(glyph, "\ufffd") for glyph in run) for glyphs in maps for run in runs)


def pdf_pages(pdf: bytes) -> int:
    """Return how many pages the PDF says it has."""
    return max(int(count) for count in re.findall(rb"/Count (\d+)", pdf))


def _inflate(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data)
    except zlib.error:
        return b""


def _glyphs(cmap: bytes) -> dict[bytes, str]:
    return {bytes.fromhex(g.decode()): bytes.fromhex(u.decode()).decode("utf-16-be") for g, u in _CHAR.findall(cmap)}


def _run(block: bytes) -> list[bytes]:
    text = b"".join(_unescape(literal) for literal in _LITERAL.findall(block.split(b"ET")[0]))
    return [text[at : at + 2] for at in range(0, len(text), 2)]


def _unescape(literal: bytes) -> bytes:
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 8)]) if m[1] else _ESCAPED.get(m[2], m[2]), literal)
