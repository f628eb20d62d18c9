"""What is asked about a sheet that was never seen, and what each answer does to its template."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from domain.errors import InputError
from domain.sheets.headings import Meaning
from domain.sheets.template import Column, CountryCodeIn, Per, TabLayout, Template, Use
from domain.sheets.template_json import digest

RATE_TYPE = "rate type "
"""How the subject of a question begins that is about a rate type in headings; its name follows."""
_PRICES = (Meaning.PRICE, Meaning.FIRST_PRICE, Meaning.NEXT_PRICE, Meaning.SURCHARGE)


@dataclass(frozen=True, slots=True)
class Effect:
    """What an answer changes: columns of the tab by their place, the tab's use, or what holds for all tabs.

    `uses`: the use of tabs by their position in the template. `cents`: places of columns whose amounts are in cents.
    """

    columns: tuple[Column, ...] = ()
    uses: tuple[tuple[int, Use], ...] = ()
    per: Per | None = None
    country_code: CountryCodeIn | None = None
    decimal: str = ""
    dates: str = ""
    increments: tuple[int, int] = (0, 0)
    lead: str = ""
    cents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that the sheet leaves open. `about` is what it is about: a Meaning, "tabs", "per", "decimal", "dates",
    "country code in", "increments", "surcharge", "cents", or RATE_TYPE and its name; `words` is the whole question; no
    `choices`: the sheet cannot be read by any template before that is mended."""

    tab: str
    about: str
    words: str
    choices: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    layout: int = 0

    @property
    def key(self) -> str:
        """By which it is answered: the same each time that the sheet is proposed."""
        return f"{self.tab}: {self.about}" if self.tab else self.about


@dataclass(frozen=True, slots=True)
class Proposal:
    """How a sheet never seen would be read, what is left to ask before, and what was decided, in sentences."""

    template: Template
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class Picked:
    """Columns of a tab while they are chosen, by place; questions and notes about them."""

    columns: dict[int, Column] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def ask(self, tab: str, about: str, words: str, choices: Mapping[str, Effect]) -> None:
        """Ask what one of the choices settles."""
        self.questions.append(Question(tab, about, words, tuple(choices), tuple(choices.values())))


def answered(proposal: Proposal, answers: Mapping[str, str]) -> Proposal:
    """Return the proposal after answers: by the key of a question one of its choices, or its number from 1 on.

    Questions without an answer stay. Raises InputError when there is no such choice.
    """
    template, open_ones = proposal.template, []
    for question in proposal.questions:
        if question.key not in answers:
            open_ones.append(question)
            continue
        template = _changed(template, question, question.effects[_chosen(question, answers[question.key])])
    _assert_apart(template, [one for one in proposal.questions if one.key in answers])
    kept = tuple(one for one in open_ones if template.tabs[one.layout].use is not Use.SKIP or one.about == "tabs")
    return replace(proposal, template=replace(template, fingerprint=digest(template)), questions=kept)


def _assert_apart(template: Template, asked: Iterable[Question]) -> None:
    """Refuse answers by which two columns would be the price of one rate type: of two the first alone would be read."""
    for question in asked:
        if not question.about.startswith(RATE_TYPE):
            continue
        seen: dict[tuple[Meaning, str, str], str] = {}
        for column in template.tabs[question.layout].columns:
            if column.meaning not in _PRICES:
                continue
            key = (column.meaning, column.rate_type, column.origin)
            if key in seen:
                what = (
                    f"{seen[key]!r} and {column.heading!r} would both be the price of {column.rate_type or 'any time'}"
                )
                raise InputError(what, where=question.key, mend="Leave one of them out.")
            seen[key] = column.heading


def _chosen(question: Question, answer: str) -> int:
    told = answer.strip().casefold()
    for number, choice in enumerate(question.choices):
        if told in (choice.casefold(), str(number + 1)):
            return number
    mend = f"Choose one of: {'; '.join(question.choices)}." if question.choices else "The sheet itself must be mended."
    raise InputError(f"{answer!r} is no answer to: {question.words}", where=question.key, mend=mend)


def _changed(template: Template, question: Question, effect: Effect) -> Template:
    tabs = list(template.tabs)
    if effect.columns:
        tabs[question.layout] = with_columns(tabs[question.layout], effect.columns)
    if effect.cents:
        layout = tabs[question.layout]
        columns = (replace(one, cents=one.cents or one.place in effect.cents) for one in layout.columns)
        tabs[question.layout] = replace(layout, columns=tuple(columns))
    for place, use in effect.uses:
        tabs[place] = replace(tabs[place], use=use)
    return replace(
        template,
        tabs=tuple(tabs),
        per=effect.per or template.per,
        country_code=effect.country_code or template.country_code,
        decimal=effect.decimal or template.decimal,
        dates=effect.dates or template.dates,
        increments=effect.increments if effect.increments != (0, 0) else template.increments,
        lead=effect.lead or template.lead,
    )


def with_columns(layout: TabLayout, columns: tuple[Column, ...]) -> TabLayout:
    """Return the layout with these columns instead of those at the same places; what is in cents stays so."""
    by_place = {column.place: column for column in layout.columns}
    cents = {place for place, column in by_place.items() if column.cents}
    by_place |= {column.place: replace(column, cents=column.cents or column.place in cents) for column in columns}
    return replace(layout, columns=tuple(by_place[place] for place in sorted(by_place)))


def unused(place: int, heading: str) -> Column:
    """Return a column that is there and not read."""
    return Column(place, Meaning.UNUSED, heading)
