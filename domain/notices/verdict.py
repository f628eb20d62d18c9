"""Whether an answer says yes or no, where it does so clearly; all else is for people to read.

Languages: English, German, Spanish, French, Portuguese, Russian. A wrong "accepted" costs money, so what is asked,
conditional, to come, or both yes and no is neither, and a yes counts only where each word of the answer is known.
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
    " принято принят приняты принимаем принимаю согласен согласна согласны согласовано"
    " подтверждаю подтверждаем подтверждено"
)
_FAINT_YES = _words("ok okay ок vale")
"""These end many a sentence that puts things off."""
_YES_PAIRS = re.compile(r"\b(de acuerdo|d['’]accord|de acordo|in ordnung|stimmen? zu|no objections?)\b", re.IGNORECASE)
_OUR_SIDE = re.compile(r"\b(from|on|by|for) our (side|end|part)\b", re.IGNORECASE)
_FILL = _words(
    "we us i me the these this your all of for with new rates rate prices price pricing sheet sheets list changes"
    " change have has are is it hereby yes thanks"
    " wir ich uns sind bin ist haben die der das den diese diesen neue neuen preise preisen preisliste tarife tarifen"
    " raten ihre ihren alle allen mit für hiermit ja danke"
    " las los la el sus tus estas estos nuevas nuevos tarifas tarifa precios lista todas todos estamos hemos con sí"
    " gracias"
    " nous je vos votre les le ces nouveaux nouvelles tarifs prix tous toutes sommes avons avec oui"
    " as os seus suas estas novas novos preços com sim obrigado obrigada"
    " мы я ваши вашими новые новыми цены ценами тарифы тарифами прайс все с со да спасибо"
)
"""What may stand beside a yes."""
_ASKING = _words("is are have has ist sind haben est sommes avons")
_ORDERING = _words("accept agree confirm approve confirme accepte")
"""Words that make a question, or an order, of the clause that they begin."""
_BESIDE = _FILL | _words(
    "our side system systems switch will be update updated updating load loaded loading upload uploaded implement"
    " implemented in on noted well many much thank you notice mail sending"
    " vielen dank muchas merci beaucoup muito большое"
)
"""Of what the other clauses of a yes may consist."""
_GREETING = _words(
    "hi hello hey dear good hallo guten liebe lieber sehr moin hola buenos buenas estimado estimada bonjour bonsoir"
    " cher chère olá bom boa prezado prezada caro добрый здравствуйте уважаемый уважаемая"
)
_GREETING_MOST = 4
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
    r"(--\s*$|((best|kind|warm) )?regards|mit (freundlichen|besten)|(viele |schöne )?(grüße|gruß)|mfg\b|saludos"
    r"|un saludo|cordialement|bien à vous|atenciosamente|с уважением|sent from"
    r"|gesendet von|enviado desde|envoyé de|disclaimer|confidential"
    r"|this (e-?mail|message) (is|and|may|contains))",
    re.IGNORECASE,
)
_STILL = _words(
    "but however except excluding aber jedoch außer pero salvo excepto mais sauf mas exceto но однако кроме"
)
_ONE_WORD = " agreed "
_DIGIT = re.compile(r"\d")
_AFTER_ALL = re.compile(r"p\.?\s?s\b", re.IGNORECASE)
_UNCLEAR, _REFUSED = (ContactState.ANSWERED,), (ContactState.REFUSED,)


def verdict(lines: Sequence[str]) -> ContactState:
    """Return ACCEPTED or REFUSED for lines of somebody's own that clearly say so above the signature, else ANSWERED."""
    end = next((place for place, line in enumerate(lines) if _END.match(line)), len(lines))
    own = lines[:end]
    if len(own) > LINES_MOST or any(_goes_on(line) for line in lines[end:]):
        return ContactState.ANSWERED
    said = {state for line in own for state in _of_line(line)}
    words = {word for line in own for word in _tokens(_YES_PAIRS.sub(_ONE_WORD, line))}
    if ContactState.REFUSED in said and ContactState.ACCEPTED not in said:
        return ContactState.REFUSED
    is_faint = not words & _YES and bool(words & _LATER)
    return ContactState.ACCEPTED if said == {ContactState.ACCEPTED} and not is_faint else ContactState.ANSWERED


def _goes_on(line: str) -> bool:
    """Tell whether a line below the signature may say something of the rates after all."""
    words = set(_tokens(line))
    return bool(_AFTER_ALL.match(line) or _NO & words or _STILL & words)


def _of_line(line: str) -> set[ContactState]:
    """Return what a line says; ANSWERED for what keeps a yes from being clear."""
    if "?" in line or len(line) > LONGEST_LINE:
        return {ContactState.ANSWERED}
    clauses = _CLAUSE.split(_OUR_SIDE.sub("", _YES_PAIRS.sub(_ONE_WORD, line)))
    found = {state for clause in clauses for state in _of_clause(clause)}
    if _BUT & set(_tokens(line)) or _DIGIT.search(line):
        found.add(ContactState.ANSWERED)
    return found


def _of_clause(clause: str) -> tuple[ContactState, ...]:
    """Return what a clause says, nothing for one that says neither and keeps no other from being clear."""
    words = _tokens(clause)
    yes = next((place for place, word in enumerate(words) if word in _YES or word in _FAINT_YES), None)
    has_no = any(word in _NO for word in words)
    if yes is None and not has_no:
        return () if _says_nothing(words) else _UNCLEAR
    if len(words) > LONGEST_CLAUSE or _OPEN & set(words):
        return _UNCLEAR
    if yes is None:
        return _UNCLEAR if _NOT & set(words) else _REFUSED
    is_denied = bool(_NOT & set(words[:yes])) or words[yes].startswith("n'")
    if has_no:
        return _REFUSED if is_denied else _UNCLEAR
    if is_denied or _NOT_AFTER & set(words[yes + 1 :]):
        return _REFUSED
    return (ContactState.ACCEPTED,) if _is_plain_yes(words) else (ContactState.ACCEPTED, ContactState.ANSWERED)


def _is_plain_yes(words: Sequence[str]) -> bool:
    if words[0] in _ASKING or (words[0] in _ORDERING and words != ["agree"]):
        return False
    return all(word in _YES or word in _FAINT_YES or word in _FILL for word in words)


def _says_nothing(words: Sequence[str]) -> bool:
    if set(words) <= _BESIDE:
        return True
    return len(words) <= _GREETING_MOST and words[0] in _GREETING and not set(words) & (_NOT | _BUT)


def _tokens(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text.replace("’", "'"))]
