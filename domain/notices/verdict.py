"""Whether an answer says yes or no, where it does so clearly; all else is for people to read.

Languages: English, German, Spanish, French, Portuguese, Russian. A wrong "accepted" costs money, so what is asked,
conditional, to come, or both yes and no is neither.
"""

import re
from collections.abc import Sequence

from domain.notices.states import ContactState

LINES_MOST = 8
LONGEST_LINE, LONGEST_CLAUSE = 300, 16
"""Characters of a line and words of a clause beyond which nothing is clear."""
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_CLAUSE = re.compile(r"[,.;:!()\n]|\s[-–—]\s|\b(?:and|und|y|et|e|и)\b", re.IGNORECASE)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_YES = _words(
    "accept accepted accepts accepting agree agreed agrees confirm confirmed confirms confirming approve approved"
    " acceptable"
    " akzeptiert akzeptieren akzeptiere einverstanden bestätigt bestätigen bestätige zugestimmt angenommen akzeptabel"
    " acepto aceptamos aceptado aceptada aceptados aceptadas confirmo confirmamos confirmado confirmada conforme"
    " aceptable aceptables"
    " accepte accepté acceptée acceptés acceptées acceptons confirme confirmé confirmée confirmons"
    " n'accepte n'acceptons"
    " aceito aceita aceite aceitos aceitas aceitamos concordo concordamos"
    " принято принимаем принимаю согласен согласна согласны согласовано подтверждаю подтверждаем подтверждено"
)
_FAINT_YES = _words("ok okay ок vale")
"""These end many a sentence that puts things off."""
_YES_PAIRS = re.compile(
    r"\b(de acuerdo|d['’]accord|de acordo|in ordnung|stimme[n]? zu|no objections?)\b", re.IGNORECASE
)
_NO = _words(
    "reject rejected rejects rejecting refuse refused refuses refusing decline declined declines declining disagree"
    " disagreed unacceptable"
    " abgelehnt ablehnen lehne lehnen zurückgewiesen"
    " rechazo rechazamos rechazado rechazada rechazados rechazadas"
    " refusons refusé refusée rejetons rejeté rejetée"
    " recuso recusamos recusado recusada rejeitamos rejeitado rejeitada"
    " отклонено отклоняем отклоняю отказываемся отказано"
)
_NOT = _words(
    "not no don't doesn't didn't cannot can't won't never neither nor unable isn't aren't nicht kein keine keinen nie"
    " nunca tampoco não nao nem ne non pas ni не нет ни"
)
_NOT_AFTER = _words("nicht keine keinen pas")
"""Words that make a no of what stands before them."""
_OPEN = _words(
    "whether before will would should could may might need please kindly how why waiting wait receipt received"
    " ob bis werden wird würde bitte empfang erhalten"
    " hasta por favor recepción recibido recepção recebimento recebido"
    " merci veuillez s'il réception reçu até"
    " будет прошу пожалуйста получение"
)
"""Words of a clause that leave open whether it is a yes."""
_LATER = _OPEN | _words(
    "check checking review revert back later prüfen melden revisar revisaremos verificar vérifier проверим"
)
_BUT = _words(
    "but however except excluding if unless once when until after provided"
    " aber jedoch außer wenn falls sobald pero salvo excepto si cuando mais sauf quand mas exceto se quando"
    " но однако кроме если когда пока"
)
"""Words of a line that make a yes less than that."""
_END = re.compile(
    r"(--\s*$|(best |kind |warm )?regards|thanks|thank you|mit (freundlichen|besten)|viele grüße|saludos|un saludo"
    r"|gracias|cordialement|bien à vous|atenciosamente|obrigad|с уважением|спасибо|sent from|gesendet von|enviado desde"
    r"|envoyé de|disclaimer|confidential|this (e-?mail|message))",
    re.IGNORECASE,
)


def verdict(lines: Sequence[str]) -> ContactState:
    """Return ACCEPTED or REFUSED for lines of somebody's own that clearly say so above the signature, else ANSWERED."""
    said: set[ContactState] = set()
    words: set[str] = set()
    for line in lines[:LINES_MOST]:
        found = _of_line(line)
        if not found and _END.match(line):
            break
        said |= found
        words |= set(_tokens(line))
    if ContactState.REFUSED in said and ContactState.ACCEPTED not in said:
        return ContactState.REFUSED
    is_faint = not words & _YES and bool(words & _LATER)
    return ContactState.ACCEPTED if said == {ContactState.ACCEPTED} and not is_faint else ContactState.ANSWERED


def _of_line(line: str) -> set[ContactState]:
    """Return what a line says; ANSWERED for what keeps a yes from being clear."""
    if "?" in line or len(line) > LONGEST_LINE:
        return {ContactState.ANSWERED}
    found = {_of_clause(clause) for clause in _CLAUSE.split(line) if clause}
    if _BUT & set(_tokens(line)):
        found.add(ContactState.ANSWERED)
    return {state for state in found if state is not None}


def _of_clause(clause: str) -> ContactState | None:
    words = _tokens(clause)
    yes = next((place for place, word in enumerate(words) if word in _YES or word in _FAINT_YES), None)
    before = words[:yes] if yes is not None else []
    if yes is None and (pair := _YES_PAIRS.search(clause)):
        before = _tokens(clause[: pair.start()])
        yes = len(before) + len(_tokens(pair[0])) - 1
    has_no = any(word in _NO for word in words)
    if yes is None and not has_no:
        return None
    if len(words) > LONGEST_CLAUSE or _OPEN & set(words):
        return ContactState.ANSWERED
    if yes is None:
        return ContactState.ANSWERED if _NOT & set(words) else ContactState.REFUSED
    is_denied = bool(_NOT & set(before)) or words[yes].startswith("n'")
    if has_no:
        return ContactState.REFUSED if is_denied else ContactState.ANSWERED
    after = set(words[yes + 1 :])
    if is_denied or _NOT_AFTER & after:
        return ContactState.REFUSED
    return ContactState.ANSWERED if _NOT & after else ContactState.ACCEPTED


def _tokens(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text.replace("’", "'"))]
