"""The words of the sheets that we send: headings and marks by language, such as our own reader understands."""

from collections.abc import Mapping

from domain.notices.form import Field
from domain.rates import Unit

LANGUAGES = ("en", "de", "es", "fr", "pt", "ru")
COUNTRY_CODE = "country-code"
"""The column before codes, where the country code has one of its own."""
NEXT = "next"
"""The price of the next intervals, beside one of the first."""

_HEADINGS: Mapping[str, tuple[str, str, str, str, str, str]] = {
    Field.CODE: ("Code", "Vorwahl", "Código", "Code", "Código", "Код"),
    COUNTRY_CODE: ("Country code", "Landesvorwahl", "Prefijo país", "Indicatif pays", "Indicativo do país",
                   "Код страны"),
    Field.DESTINATION: ("Destination", "Ziel", "Destino", "Destination", "Destino", "Направление"),
    Field.COUNTRY: ("Country", "Land", "País", "Pays", "País", "Страна"),
    Field.RATE_TYPE: ("Rate type", "Tarifzeit", "Franja horaria", "Plage horaire", "Faixa horária", "Время суток"),
    Field.ORIGIN: ("Origin group", "Herkunftsgruppe", "Grupo de origen", "Groupe d'origine", "Grupo de origem",
                   "Группа происхождения"),
    Field.PRICE: ("Price", "Preis", "Precio", "Prix", "Preço", "Цена"),
    Field.FIRST_PRICE: ("First price", "Erster Preis", "Primer precio", "Premier prix", "Primeiro preço",
                        "Первая цена"),
    NEXT: ("Next price", "Folge-Preis", "Siguiente precio", "Prix suivant", "Preço seguinte", "Следующая цена"),
    Field.INCREMENTS: ("Increments", "Taktung", "Incrementos", "Incréments", "Incrementos", "Шаг тарификации"),
    Field.FIRST_S: ("First interval", "Erster Takt", "Incremento inicial", "Premier palier", "Incremento inicial",
                    "Первый интервал"),
    Field.NEXT_S: ("Next interval", "Folgetakt", "Incremento siguiente", "Palier suivant", "Incremento seguinte",
                   "Следующий интервал"),
    Field.CONNECT_FEE: ("Connection fee", "Verbindungsgebühr", "Cargo de conexión", "Frais de connexion",
                        "Taxa de ligação", "Плата за соединение"),
    Field.ATTEMPT_FEE: ("Fee per attempt",) * 6,
    Field.MINIMUM: ("Minimum charge", "Mindestbetrag", "Cargo mínimo", "Montant minimum", "Valor mínimo",
                    "Минимальная плата"),
    Field.GRACE_S: ("Grace seconds", "Grace seconds", "Período de gracia", "Période de grâce", "Grace seconds",
                    "Grace seconds"),
    Field.FREE_S: ("Free seconds", "Freisekunden", "Free seconds", "Free seconds", "Free seconds", "Free seconds"),
    Field.FROM: ("Effective from", "Gültig ab", "Fecha efectiva", "Date d'effet", "Data efetiva", "Действует с"),
    Field.UNTIL: ("Valid until", "Gültig bis", "Fecha de fin", "Date de fin", "Data de fim", "Действует до"),
    Field.STATUS: ("Status", "Änderung", "Estado", "Statut", "Situação", "Статус"),
    Field.PREVIOUS: ("Previous price", "Bisheriger Preis", "Precio anterior", "Ancien prix", "Preço anterior",
                     "Предыдущая цена"),
    Field.DIFFERENCE: ("Difference", "Diff.", "Diff.", "Variation", "Diff.", "Diff."),
    Field.CURRENCY: ("Currency", "Währung", "Moneda", "Devise", "Moeda", "Валюта"),
    Field.COMMENT: ("Comment", "Bemerkung", "Comentario", "Commentaire", "Observações", "Комментарий"),
}  # fmt: skip
_STATUSES: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "new": ("new", "neu", "nuevo", "nouveau", "novo", "новый"),
    "increase": ("increase", "Erhöhung", "aumento", "augmentation", "aumento", "повышение"),
    "decrease": ("decrease", "Senkung", "disminución", "baisse", "redução", "снижение"),
    "unchanged": ("unchanged", "unverändert", "sin cambios", "inchangé", "sem alteração", "без изменений"),
    "closed": ("closed", "geschlossen", "cerrado", "fermé", "encerrado", "закрыт"),
    "blocked": ("blocked", "gesperrt", "bloqueado", "bloqué", "bloqueado", "заблокирован"),
}
_RAISING = (
    "{count} by new or closed codes", "{count} durch neue oder geschlossene Vorwahlen",
    "{count} por códigos nuevos o cerrados", "{count} par des codes nouveaux ou fermés",
    "{count} por códigos novos ou encerrados", "{count} из-за новых или закрытых кодов",
)  # fmt: skip
_MINUTE = ("min", "Min", "min", "min", "min", "мин")
_MONTHS: Mapping[str, str] = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Jan Feb März Apr Mai Juni Juli Aug Sep Okt Nov Dez",
    "es": "ene feb mar abr may jun jul ago sep oct nov dic",
    "fr": "janv févr mars avr mai juin juil août sept oct nov déc",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "ru": "янв фев мар апр мая июн июл авг сен окт ноя дек",
}
_TITLES: Mapping[str, tuple[str, str, str, str, str, str]] = {
    "plan": ("Rates", "Tarife", "Tarifas", "Tarifs", "Tarifas", "Тарифы"),
    "date": ("Issue date", "Ausgabedatum", "Fecha de emisión", "Date d'émission", "Data de emissão", "Дата выпуска"),
    "zone": ("Time zone", "Zeitzone", "Zona horaria", "Fuseau horaire", "Fuso horário", "Часовой пояс"),
    "currency": ("Currency", "Währung", "Moneda", "Devise", "Moeda", "Валюта"),
    "page": ("Page", "Seite", "Página", "Page", "Página", "Страница"),
}
_UNITS = {Unit.MEGABYTE: "MB", Unit.EVENT: "event"}
_PRICED = (Field.PRICE, Field.FIRST_PRICE, NEXT)


def heading(what: str, language: str, currency: str = "", unit: Unit = Unit.SECOND) -> str:
    """Return the heading of a column; of a price it says the currency and what it is for: "Price (USD/min)"."""
    at = LANGUAGES.index(language)
    word = _HEADINGS[what][at]
    return f"{word} ({currency}/{_UNITS.get(unit, _MINUTE[at])})" if what in _PRICED and currency else word


def zoned(heading: str, zone: str, language: str) -> str:
    """Return the heading of a column of moments with the zone that these are of, as our own reader understands it."""
    word = "" if "/" in zone else f"{title_word('zone', language)} "
    return f"{heading} ({word}{zone})"


def status_word(status: str, language: str) -> str:
    """Return how a sheet marks a row that is new, increase, decrease, unchanged, closed or blocked; "" for ""."""
    return _STATUSES[status][LANGUAGES.index(language)] if status else ""


def raising_words(count: int, language: str) -> str:
    """Say of increases how many of them are new or closed codes, by which numbers have another code's higher price."""
    return _RAISING[LANGUAGES.index(language)].format(count=count)


def month_word(month: int, language: str) -> str:
    """Return the name of a month, 1 to 12, as dates in words have it."""
    return _MONTHS[language].split()[month - 1]


def title_word(what: str, language: str) -> str:
    """Return a word of the lines above the headings, and of pages: plan, date, zone, currency, page."""
    return _TITLES[what][LANGUAGES.index(language)]
