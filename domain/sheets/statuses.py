"""The words by which rate sheets mark their rows, in the languages they come in. Marks are advice: we compare."""

import re

from domain.sheets.day_words import folded

_WORDS = {
    "new": "new|added|add|addition|n|neu|hinzugefügt|nouveau|nouvelle|ajouté|nuevo|nueva|nuovo|nuova|novo|nova|nieuw|"
    "nowy|nowa|nowe|новый|новая|новое|новые|добавлен|yeni",
    "increase": "increase|increased|up|i|higher|raise|raised|↑|▲|erhöhung|erhöht|preiserhöhung|steigend|augmentation|"
    "augmenté|hausse|aumento|aumentado|subida|aumentato|verhoging|verhoogd|podwyżka|wzrost|повышение|увеличение|"
    "повышен|рост|artış|zam",
    "decrease": "decrease|decreased|down|lower|lowered|reduced|reduction|↓|▼|senkung|gesenkt|preissenkung|reduziert|"
    "diminution|diminué|baisse|réduction|disminución|reducción|bajada|rebaja|diminuzione|riduzione|ribasso|"
    "diminuição|redução|verlaging|verlaagd|obniżka|spadek|понижение|снижение|уменьшение|понижен|indirim|düşüş",
    "unchanged": "unchanged|no change|nochange|not changed|same|current|existing|stable|constant|equal|u|=|unverändert|"
    "gleich|keine änderung|inchangé|inchangée|sans changement|identique|sin cambio|sin cambios|igual|invariato|"
    "invariata|sem alteração|inalterado|ongewijzigd|bez zmian|без изменений|не изменен|неизменный|değişmedi|aynı",
    "closed": "closed|close|closing|closure|deleted|delete|deletion|removed|remove|removal|withdrawn|withdrawal|"
    "discontinued|terminated|termination|ended|expired|cancelled|canceled|geschlossen|gelöscht|entfernt|entfällt|"
    "fermé|fermée|supprimé|supprimée|suppression|retiré|cerrado|cerrada|eliminado|eliminada|suprimido|baja|chiuso|"
    "chiusa|eliminato|cancellato|encerrado|removido|excluído|gesloten|verwijderd|vervallen|zamknięty|usunięty|"
    "закрыт|закрыто|закрыта|удален|удалено|удалена|kapalı|kapatıldı|silindi",
    "blocked": "blocked|block|barred|b|blocking|suspended|not available|gesperrt|blockiert|bloqué|bloquée|bloqueado|"
    "bloqueada|bloccato|bloccata|geblokkeerd|zablokowany|заблокирован|заблокировано|блокировка|engelli|bloke",
}
_STATUS_OF = {folded(word): status for status, words in _WORDS.items() for word in words.split("|")}
_BESIDE = re.compile(r"\b(rates?|prices?|codes?|destinations?|breakouts?|preis|tarif|tarifs?|precio|prezzo)\b|[.!*:()]")


def status_of(text: str) -> str:
    """Return a mark as new, increase, decrease, unchanged, closed or blocked; "" for none that is known."""
    said = folded(text)
    found = _STATUS_OF.get(said)
    if found is None:
        found = _STATUS_OF.get(" ".join(_BESIDE.sub(" ", said).replace("_", " ").replace("-", " ").split()), "")
    return found


def price_word(text: str) -> str:
    """Return what a word in place of a price says, closed or blocked; "" for anything else."""
    status = status_of(text) if text[:1].isalpha() else ""
    return status if status in ("closed", "blocked") else ""
