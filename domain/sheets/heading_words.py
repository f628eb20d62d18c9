"""The words of headings in the languages that rate sheets come in, and what each of them means.

Aliases of one meaning stand in groups, separated by semicolons: of two columns the one whose alias is in an earlier
group is meant; two of one group could both be it. All go through `words`, so that accents and case do not matter.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

from domain.sheets.headings import Meaning

_SIGNS = {"€": " eur ", "$": " usd ", "£": " gbp ", "¢": " cent ", "%": " percent ", "#": " ", "&": " and "}
_SEAMS = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ][a-zа-яё]|N\b)|(?<=[^\W\d_])(?=\d)")
_MARKS = frozenset(("Mn", "Cf"))


@lru_cache(maxsize=32_768)
def words(text: str) -> str:
    """Return the words of a heading by single blanks: lower case, no accents, signs spelled out, RateN as two words."""
    if not text.isascii():
        plain = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in plain if unicodedata.category(char) not in _MARKS)
    text = _SEAMS.sub(" ", text)
    for sign, word in _SIGNS.items():
        text = text.replace(sign, word)
    return " ".join(re.sub(r"[\W_]+", " ", text.casefold()).split())


def name_of(text: str) -> str:
    """Return the name of a rate type or origin group: lower case, words joined by dashes ("Off Peak" → off-peak)."""
    return words(text).replace(" ", "-")


_ALIASES: Mapping[Meaning, str] = {
    Meaning.CODE: "code|codes|prefix|prefixes|dial code|dial codes|dialcode|dialcodes|dialing code|dialling code|"
    "dialing codes|dialling codes|dial prefix|number prefix|code list|dialed digits|dialstring|dial string|npanxx|"
    "npa nxx x|nxx|nxx x|"
    "npa nxx|full prefix|dst code|dest code|destination code|destination codes|destination prefix|dst prefix|"
    "code destination|prefix code|breakout code|e164 code|phone prefix|call prefix|pattern|area code list|"
    "vorwahl|vorwahlen|rufnummernpräfix|kennzahl|ländervorwahl und netzkennzahl|kode|codeliste|"
    "préfixe|préfixes|indicatif|indicatifs|code destinataire|prefijo|prefijos|código|códigos|prefisso|prefissi|"
    "codice|codici|prefixo|prefixos|indicativo|indicativos|код|коды|префикс|префиксы|код направления|"
    "телефонный код|коды направления;"
    "area code|area codes|areacode|city code|city codes|national code|national codes|ndc|network code|"
    "ortsvorwahl|netzkennzahl|código de área|código de area|codice area|код города|коды городов|код зоны;"
    "breakout|breakouts|digits|e164|number",
    Meaning.COUNTRY_CODE: "country code|country codes|cc|countrycode|country prefix|country dial code|"
    "country dialing code|country dialling code|npa|landesvorwahl|ländervorwahl|länderkennzahl|landeskennzahl|"
    "indicatif pays|code pays|código de país|código país|prefijo país|prefisso paese|prefisso internazionale|"
    "código do país|indicativo do país|код страны",
    Meaning.CODE_FROM: "code from|from code|start code|first code|prefix from|range start|range from|code start|"
    "begin code|code begin|von code|code von|code début|código desde|codice da|código de|код с|код от",
    Meaning.CODE_TO: "code to|to code|end code|last code|prefix to|range end|range to|code end|code bis|bis code|"
    "code fin|código hasta|codice a|código até|код по|код до",
    Meaning.DESTINATION: "destination name|dest name|dst name|code name|prefix name|zielname|nom de destination|"
    "nombre de destino|nome destinazione|nome do destino|имя направления|название направления;"
    "destination|destinations|dest|dst|country destination|country and destination|terminating area|destination zone|"
    "ziel|zielgebiet|zielland|destinazione|destino|destinos|направление|направления|назначение;"
    "destination description|description|name|area name|location|route|route name|zone name|zone|area|region|"
    "beschreibung|bezeichnung|nom|libellé|descripción|nombre|descrizione|nome|descrição|описание|название|наименование|"
    "зона",
    Meaning.COUNTRY: "country|country name|countries|country region|land|ländername|pays|país|paese|страна",
    Meaning.NETWORK: "network|operator|carrier|network name|operator name|mobile network|network operator|netz|"
    "netzbetreiber|betreiber|opérateur|réseau|operador|operatore|rete|rede|оператор|сеть",
    Meaning.EFFECTIVE: "effective|effective date|effectivedate|eff date|effective from|effective since|"
    "effective date time|rate effective date|date effective|efective date|efective|effect date|gültig ab|"
    "wirksam ab|gültigkeitsdatum|date d'effet|date effet|date d'application|en vigueur|fecha efectiva|"
    "fecha de vigencia|entrada en vigor|data effettiva|data di decorrenza|decorrenza|data efetiva|data de vigência|"
    "дата вступления в силу|действует с|дата начала действия|вступает в силу;"
    "valid|valid from|valid since|valid date|start date|startdate|activation date|application date|begin date|"
    "date start|from date|date from|date begin|validity|validity date|validity from|gültigkeit|startdatum|beginn|ab|"
    "valable à partir du|valable du|date de début|début|válido desde|vigencia|fecha de inicio|desde|valido dal|"
    "data inizio|dal|válido a partir de|data de início|início|дата начала|начало действия|с даты|с;"
    "start|from|date|datum|fecha|data|дата|von",
    Meaning.UNTIL: "until|valid until|valid to|valid till|end date|enddate|date to|date end|to date|expiry|"
    "expiry date|expiration|expiration date|expires|expire date|validity to|effective to|effective till|"
    "effective until|gültig bis|enddatum|bis|valable jusqu'au|date de fin|fin|válido hasta|fecha de fin|hasta|"
    "fecha fin|valido fino al|data fine|fino al|válido até|data de fim|até|действует до|дата окончания|"
    "окончание действия|по дату;end|to|till|ende|fim|fine|по|до",
    Meaning.INCREMENTS: "increment|increments|billing increment|billing increments|billing interval|billing intervals|"
    "billing terms|billing method|billing unit|billing units|charging increment|charging increments|call increment|"
    "call increments|increament|rounding|rounding rule|rounding rules|min inc|min increment|minimum increment|"
    "minimum increments|initial recurring|incr|rate increment|rate increments|taktung|abrechnungstakt|takt|"
    "palier|paliers|incrément|incréments|facturation|pas de facturation|incremento|incrementos|facturación|"
    "incrementi|scatti|fatturazione|tariffazione|faturação|cadência|инкремент|инкременты|шаг тарификации|тарификация|"
    "интервал тарификации;billing|interval|intervals|charging|pulse|pulse rate|billing cycle|unit",
    Meaning.FIRST_S: "first interval|interval 1|initial increment|initial interval|first increment|first period|"
    "initial period|initial pulse|first pulse|min charge seconds|minimum seconds|min seconds|minimum duration|"
    "min duration|min time|minimal time|minimum time|min bill|minimum billing|min volume|minimum volume|erster takt|"
    "mindestdauer|premier palier|durée minimale|incremento inicial|primer incremento|duración mínima|"
    "primo scatto|durata minima|incremento inicial|duração mínima|первый интервал|начальный интервал|"
    "минимальная длительность;min|minimum|mc",
    Meaning.NEXT_S: "next interval|interval n|intervaln|interval 2|subsequent increment|subsequent interval|"
    "next increment|additional increment|additional interval|regular increment|recurring increment|following interval|"
    "next period|second increment|second interval|recurring period|subsequent period|recurring interval|billing step|"
    "step|next pulse|folgetakt|palier suivant|incremento siguiente|incremento adicional|scatto successivo|"
    "incremento seguinte|следующий интервал|последующий интервал;inc|ci|int",
    Meaning.CONNECT_FEE: "connect fee|connection fee|connection cost|connect charge|connection charge|connect cost|"
    "setup fee|set up fee|flag fall|flagfall|call setup fee|setup charge|setup cost|set up|call setup|per call|"
    "charge per call|price per call|rate per call|call charge|fixed fee|verbindungsgebühr|verbindungsentgelt|"
    "frais de connexion|coût de connexion|frais d'établissement|cargo de conexión|cuota de conexión|"
    "establecimiento de llamada|scatto alla risposta|costo di connessione|taxa de conexão|taxa de ligação|"
    "плата за соединение|стоимость соединения;connection|connect|setup",
    Meaning.ATTEMPT_FEE: "attempt fee|attempt charge|attempt cost|per attempt|fee per attempt|price per attempt|"
    "cost per attempt|attempt surcharge|dip fee",
    Meaning.MINIMUM: "minimum charge|min charge|minimum cost|min cost|minimum amount|minimum fee|minimum price|"
    "mindestbetrag|montant minimum|cargo mínimo|importo minimo|valor mínimo|минимальная плата",
    Meaning.GRACE_S: "grace|grace time|grace period|grace seconds|période de grâce|período de gracia",
    Meaning.FREE_S: "free seconds|free time|free secs|included seconds|includedseconds|freisekunden",
    Meaning.STATUS: "status|rate status|code status|change|changes|rate change|price change|type of change|"
    "change type|change indicator|action|change status|rate change type|änderung|preisänderung|statut|changement|"
    "évolution|estado|cambio|tipo de cambio|stato|variazione|situação|alteração|статус|изменение|изменения|"
    "тип изменения",
    Meaning.RATE_TYPE: "rate type|tariff type|time period|time of day|time class|time band|timeband|day type|"
    "time profile|time zone type|peak off peak|tarifzeit|tarifart|plage horaire|période tarifaire|franja horaria|"
    "horario|fascia oraria|faixa horária|период тарификации|время суток;period",
    Meaning.ORIGIN: "origin group|origin zone|origin name|origin set|origin based group|origination group|"
    "origination zone|origin region|origin area|a number group|a number zone|calling zone|calling group|cli group|"
    "src group|source group|source zone|src name|herkunftsgruppe|groupe d'origine|zone d'origine|grupo de origen|"
    "gruppo di origine|grupo de origem|группа происхождения;origin|origins|origination|originating country|"
    "origin country|country of origin|herkunft|ursprung|origine|origen|origem|происхождение;group|groups|gruppe|"
    "groupe|grupo|gruppo|группа",
    Meaning.ORIGIN_CODE: "origin code|origin codes|origin prefix|origin prefixes|origin dial code|origin dial codes|"
    "origin dialcode|origin dialcodes|origin country code|origination code|origination codes|originating code|"
    "originating codes|a number|a number code|a number codes|a number prefix|a number prefixes|cli prefix|ani prefix|"
    "calling prefix|calling code|src code|src codes|source code|source prefix|source codes|herkunftsvorwahl|"
    "préfixe d'origine|prefijo de origen|prefisso di origine|prefixo de origem|код происхождения|префикс а номера",
    Meaning.CURRENCY: "currency|curr|ccy|currency code|währung|devise|monnaie|moneda|divisa|valuta|moeda|валюта",
    Meaning.COMMENT: "comment|comments|note|notes|remark|remarks|info|additional information|bemerkung|bemerkungen|"
    "kommentar|anmerkung|commentaire|commentaires|remarque|remarques|comentario|comentarios|observaciones|nota|"
    "observações|комментарий|комментарии|примечание|примечания",
    Meaning.UNUSED: "time zone|timezone|tz|issue date|date of issue|date issued|notification date|date sent|sent|"
    "last updated|updated|last change|modified|created|no|nr|strip|prepend|active|vat|vat tax|tax|tax rate|"
    "difference|diff|delta|variation|change percent|percent change|percent|rate difference|product|service|app|trunk|"
    "rate id|zone id|mcc|mnc|mccmnc|mcc mnc|lata|ocn|state|previous effective date|old effective date|exact match",
}


def _meanings() -> dict[str, tuple[Meaning, int]]:
    found: dict[str, tuple[Meaning, int]] = {}
    for meaning, groups in _ALIASES.items():
        for rank, group in enumerate(groups.split(";")):
            for alias in group.split("|"):
                found.setdefault(words(alias), (meaning, rank))
    return found


ALIASES = _meanings()
"""Words of a heading → its meaning, and the rank of the group that they are in (0: the plainest)."""


def phrases(names: Iterable[str]) -> frozenset[str]:
    """Return phrases as `words` has them."""
    return frozenset(map(words, names))


def _of(text: str) -> frozenset[str]:
    return phrases(text.split("|"))


PRICE = _of(
    "rate|rates|price|prices|pricing|cost|costs|tariff|tariffs|charge|preis|preise|tarif|tarife|entgelt|prix|tarifs|"
    "coût|precio|precios|tarifa|tarifas|coste|costo|prezzo|prezzi|tariffa|tariffe|preço|preços|custo|valor|цена|цены|"
    "тариф|тарифы|стоимость|ставка"
)
PRICE_DRESS = _of(
    "per|in|of|the|a|z|voice|call|calls|termination|traffic|minutenpreis|pro|je|par|la|le|por|el|al|o|do|da|de|за|в|"
    "и|and|to|for|standard|normal|flat|all day|anytime|any time|24 h|24 7|net|nett|netto|excl vat|without vat|"
    "incl vat|ohne mwst|hors taxes|ht|sin iva|wholesale|"
    "buy|sell|purchase|selling|buying|value|incl|excluding|amount"
)
"""Words beside a price word that say nothing about which price it is."""
NO_PRICE = _of(
    "max|maximum|limit|change|changes|difference|diff|delta|variation|percent|type|code|codes|id|name|plan|group|"
    "profile|status|units|increment|increments|date|effective|sheet|list|deck|comment|currency|class|category|count|"
    "margin|increase|decrease|adjustment|kind|level|tag|index|rounding|method|until|valid|unit|table|tax|mwst|ust|iva|"
    "tva|ндс|änderung|pulse|interval|period|zone|indicator|notes|trend|mark|flag|origin code|"
    "origin codes|vat|exchange|conversion|fx|answer|success|asr|completion|discount|fee|fees"
)
"""With one of these it is no price, whatever else the heading says."""
SURCHARGE = _of(
    "surcharge|surcharges|sur charge|add on|additional charge|additional fee|zuschlag|aufschlag|aufpreis|supplément|"
    "surtaxe|recargo|suplemento|sovrapprezzo|supplemento|maggiorazione|sobretaxa|acréscimo|надбавка|доплата"
)
NEW = _of(
    "new|future|revised|upcoming|neu|neuer|neue|neues|nouveau|nouvelle|nouveaux|nuevo|nueva|nuovo|nuova|novo|nova|"
    "новая|новый|новое|новые"
)
OLD = _of(
    "old|previous|prev|prior|last|former|alt|alter|alte|altes|bisheriger|bisherig|ancien|ancienne|précédent|anterior|"
    "antiguo|antigua|vecchio|vecchia|precedente|antigo|antiga|старая|старый|старое|предыдущая|предыдущий|прежняя"
)
CURRENT = _of(
    "current|existing|present|aktuell|aktueller|actuel|actuelle|actual|attuale|atual|текущая|текущий|действующая"
)
"""Old where a new one stands beside it, else the one that counts."""
FIRST = _of(
    "first|initial|1st|erster|erste|premier|première|primer|primera|primero|primo|prima|primeiro|primeira|первая|"
    "первый|начальная"
)
NEXT = _of(
    "next|subsequent|following|additional|recurring|recurrent|n|2nd|folge|folgende|weitere|suivant|suivante|siguiente|"
    "siguientes|successivo|successiva|seguinte|следующая|последующая|последующие"
)
RATE_TYPES = {
    "peak": "peak|peak time|peak hours|hauptzeit|heures pleines|heure pleine|hora punta|hora pico|pico|ora di punta|"
    "picco|horário de pico|пик|пиковый|пиковое время|час пик",
    "off-peak": "off peak|offpeak|off peak time|nebenzeit|heures creuses|heure creuse|fuera de pico|hora valle|valle|"
    "fuori picco|fora de pico|вне пика|непик|непиковый",
    "weekend": "weekend|week end|weekends|wochenende|fin de semana|fine settimana|fim de semana|выходные|выходной",
    "night": "night|nights|nighttime|nacht|nachts|nuit|noche|nocturno|notte|noite|ночь|ночной",
    "day": "day|daytime|tag|tags|jour|día|diurno|giorno|dia|день|дневной",
    "evening": "evening|evenings|abend|abends|soir|soirée|tarde|sera|вечер|вечерний",
    "holiday": "holiday|holidays|public holiday|public holidays|feiertag|feiertage|jours fériés|festivo|festivi|"
    "feriado|feriados|праздники|праздничный",
    "weekday": "weekday|weekdays|working days|werktag|werktags|werktage|jours ouvrés|laborables|feriali|dias úteis|"
    "будни",
}
ORIGINS = _of(
    "eea|non eea|not eea|outside eea|extra eea|intra eea|within eea|eu|non eu|outside eu|extra eu|intra eu|within eu|"
    "inside eu|inside eea|eu eea|eea eu|non eu eea|eea efta|efta|non efta|row|rest of world|rest of the world|"
    "other countries|other origins|all other|others|uk|non uk|gcc|gulf|ewr|nicht ewr|außerhalb ewr|eee|hors eee|"
    "fuera eee|fuera del eee|extra eee|intra eee|see|extra see|ue|hors ue|intra ue|extra ue|fuera ue|fora ue|"
    "reste du monde|resto del mundo|resto del mondo|resto do mundo|rest der welt|übrige welt|еэз|вне еэз|ес|вне ес|"
    "остальной мир|invalid cli|invalid a number|invalid|no cli|without cli|unknown cli|unknown origin|unknown a number|"
    "domestic origin|national origin|international origin|domestic cli|national cli|international cli"
)
ORIGIN_DRESS = _of("origin|origins|origination|originating|originated|cli|a number|ani|from|calls|based|obr|zone|group")
JURISDICTIONS = {
    "interstate": "inter|interstate|inter state",
    "intrastate": "intra|intrastate|intra state",
    "indeterminate": "indeterminate|indet|indeterm|ij|unknown jurisdiction|undetermined",
    "local": "local",
}
CURRENCIES = frozenset(
    "usd eur gbp chf cad aud nzd jpy cny hkd sgd inr aed sar try rub pln czk huf sek nok dkk ron bgn uah kzt zar brl "
    "mxn ils thb idr myr php vnd egp mad ngn kes pkr bdt qar kwd omr bhd jod tnd gel amd azn byn uzs xof xaf".split()
)
CURRENCY_WORDS = {"euro": "eur", "euros": "eur", "dollar": "usd", "dollars": "usd", "us": "usd", "рубль": "rub"}
CENTS = _of("cent|cents|ct|cts|centimes|centime|pence|usc|eurocent|euro cent|us cent|us cents|копеек|коп")
MINUTE = _of("min|mins|minute|minutes|minuto|minuti|minutos|minuten|мин|минута|минуту|минуты|p m|minuta")
SECOND = _of(
    "sec|secs|second|seconds|s|sekunde|sekunden|seconde|secondes|segundo|segundos|secondo|secondi|сек|секунда|секунду"
)
HOUR = _of("hour|hours|hr|hrs|h|stunde|heure|hora|ora|час")
INCREMENT = _of("increment|pulse|takt|block|billing increment|unit|impulsion|impulso|scatto|импульс")
OTHER_UNITS = {
    "megabyte": "mb|megabyte|megabytes|mbyte",
    "event": "event|events|message|messages|sms",
}
MONTHS = _of(
    "jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|"
    "october|november|december|januar|februar|märz|mai|juni|juli|oktober|dezember|janvier|février|mars|avril|juin|"
    "juillet|août|septembre|octobre|novembre|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|"
    "octubre|noviembre|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre|janeiro|"
    "fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro|январь|февраль|март|апрель|май|июнь|июль|"
    "август|сентябрь|октябрь|ноябрь|декабрь|января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|"
    "ноября|декабря"
)


def _telling() -> frozenset[str]:
    named = [
        phrase
        for group in (RATE_TYPES, JURISDICTIONS, OTHER_UNITS)
        for said in group.values()
        for phrase in said.split("|")
    ]
    sets = (
        ALIASES,
        PRICE,
        SURCHARGE,
        NEW,
        OLD,
        CURRENT,
        FIRST,
        NEXT,
        ORIGINS,
        CENTS,
        MINUTE,
        SECOND,
        HOUR,
        map(words, named),
    )
    return frozenset(word for phrases_ in sets for phrase in phrases_ for word in phrase.split()) | CURRENCIES


TELLING = _telling() - PRICE_DRESS - frozenset("d h m s in of on by с до по ab 1 2 n".split())
"""A heading without one of these words says nothing."""
