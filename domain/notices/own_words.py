"""What somebody wrote in an answer, without the mail that is quoted in it."""

import re
import unicodedata

LONGEST = 16_000
LINES_MOST = 400
WRAPPED = 3
"""Lines over which programs break the one that says who wrote what is quoted."""
HEAD_LINES = 6
_WROTE = re.compile(
    r"\b(wrote|writes|schrieb|escribió|escribio|a écrit|écrit|escreveu|написал|написала|написал\(а\)|пишет)\b"
    r"[^:]{0,120}:\s*$|<[^<>\s]+@[^<>\s]+>\)?:\s*$",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"((On|Am|El|Le|Em)\b.{0,40}\d|\d{1,4}[./-]|.{1,80}<[^<>\s]+@[^<>\s]+>)", re.IGNORECASE)
_RULE = re.compile(r"\s*(-{2,}\s*\S.{0,60}\S\s*-{2,}|_{10,}|-{20,}|={20,})\s*")
_FORWARDED = re.compile(r"(begin forwarded message|anfang der weitergeleiteten nachricht)\s*:", re.IGNORECASE)
_FROM = re.compile(r"\s*\*?(From|Von|De|Da|От|От кого)\s?:", re.IGNORECASE)
_SENT = re.compile(
    r"\s*\*?(Sent|Date|Gesendet|Datum|Enviado( el)?|Fecha|Envoyé|Enviada( em)?|Data|Отправлено|Дата|To|An|Para|À|Кому)"
    r"\s?:",
    re.IGNORECASE,
)


def own_words(text: str) -> tuple[str, ...]:
    """Return the lines that are the writer's own, blank ones left out: quotes are off, by >, by who wrote them, by the
    heads that Outlook puts above them."""
    composed = unicodedata.normalize("NFC", text[:LONGEST])
    lines = composed.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:LINES_MOST]
    own: list[str] = []
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.lstrip().startswith((">", "|>")) or not line.strip():
            at += 1
        elif _RULE.fullmatch(line) or _FORWARDED.match(line.strip()) or _is_head(lines, at):
            break
        elif until := _attribution(lines, at):
            if not _quoted_next(lines, until):
                break
            at = until
        else:
            own.append(" ".join(line.split()))
            at += 1
    return tuple(own)


def _is_head(lines: list[str], at: int) -> bool:
    """Tell the head of a mail: From, and soon after it when it was sent."""
    return bool(_FROM.match(lines[at])) and any(_SENT.match(line) for line in lines[at + 1 : at + HEAD_LINES])


def _attribution(lines: list[str], at: int) -> int:
    """Return the place behind lines that say who wrote what is quoted, 0 where these do not."""
    if not _BEGINS.match(lines[at].strip()):
        return 0
    for count in range(1, WRAPPED + 1):
        if _WROTE.search(" ".join(lines[at : at + count])):
            return min(at + count, len(lines))
        following = lines[at + count : at + count + 1]
        if not following or not following[0].strip() or _BEGINS.match(following[0].strip()):
            return 0
    return 0


def _quoted_next(lines: list[str], at: int) -> bool:
    following = (line.lstrip() for line in lines[at:] if line.strip())
    return next(following, "").startswith(">")
