"""Names of months and weekdays in the languages that rate sheets come in, and words for "at once"."""

import unicodedata
from collections.abc import Iterable


def folded(text: str) -> str:
    """Return a text without case and accents, its blanks single: "Ab  Février" as "ab fevrier"."""
    if text.isascii():
        return " ".join(text.lower().split())
    bare = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(bare.casefold().split())


def _numbered(lines: Iterable[str], first: int) -> dict[str, int]:
    return {folded(word): number for number, line in enumerate(lines, start=first) for word in line.split()}


# English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian, Turkish. Listopad is missing: it is
# November in Poland and October in Croatia.
MONTHS = _numbered(
    (
        "jan january januar jänner jaenner januari janvier janv enero ene gennaio gen janeiro styczeń stycznia "
        "январь января янв ocak",
        "feb february februar februari février févr fev febrero febbraio fevereiro luty lutego "
        "февраль февраля фев şubat",
        "mar march märz maerz mrz mars marzo março maart mrt marzec marca март марта мар mart",
        "apr april avril avr abril abr aprile kwiecień kwietnia апрель апреля апр nisan",
        "may mai mayo maggio mag maio mei maj maja май мая mayıs mayis",
        "jun june juni juin junio giugno giu junho czerwiec czerwca июнь июня июн haziran",
        "jul july juli juillet juil julio luglio lug julho lipiec lipca июль июля июл temmuz",
        "aug august août agosto ago augustus sierpień sierpnia август августа авг ağustos",
        "sep sept september septembre septiembre setiembre set settembre setembro wrzesień września сентябрь сентября "
        "сен сент eylül",
        "oct october oktober okt octobre octubre ottobre ott outubro out październik października октябрь октября "
        "окт ekim",
        "nov november novembre noviembre novembro ноябрь ноября ноя нояб kasım kasim",
        "dec december dezember dez décembre diciembre dic dicembre dezembro grudzień grudnia декабрь декабря дек "
        "aralık aralik",
    ),
    first=1,
)
WEEKDAYS = _numbered(
    (
        "mon monday montag mo lundi lun lunes lunedì segunda segunda-feira maandag poniedziałek "
        "понедельник пн pazartesi",
        "tue tues tuesday dienstag di mardi mar martes martedì terça terça-feira dinsdag wtorek вторник вт salı",
        "wed wednesday mittwoch mi mercredi mer miércoles mie mercoledì quarta quarta-feira woensdag środa среда ср "
        "çarşamba",
        "thu thur thurs thursday donnerstag do jeudi jeu jueves jue giovedì gio quinta quinta-feira donderdag czwartek "
        "четверг чт perşembe",
        "fri friday freitag fr vendredi ven viernes vie venerdì sexta sexta-feira vrijdag piątek пятница пт cuma",
        "sat saturday samstag sonnabend sa samedi sam sábado sab sabato zaterdag sobota суббота сб cumartesi",
        "sun sunday sonntag so dimanche dim domingo dom domenica zondag niedziela воскресенье вс pazar",
    ),
    first=0,
)
"""Monday is 0."""
AT_ONCE = frozenset(
    folded(words)
    for words in (
        "immediate|immediately|now|asap|a.s.a.p.|at once|with immediate effect|effective immediately|sofort|ab sofort|"
        "immédiat|immédiatement|inmediato|inmediata|inmediatamente|immediato|immediatamente|subito|imediato|"
        "imediatamente|onmiddellijk|per direct|natychmiast|немедленно|сразу|hemen"
    ).split("|")
)
"""What a date cell says when the rate begins with the receipt of the sheet."""
