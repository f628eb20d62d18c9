"""Finding the template by which a sheet is read, and telling what has changed since the template was made.

The same headings, wherever they stand, are the same fingerprint. Columns are found again by their headings; what
cannot be found keeps a template from fitting when prices or codes hang on it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from domain.rates import Unit
from domain.sheets.header_rows import Preview
from domain.sheets.laid import Laid, Looked, lay
from domain.sheets.template import CountryCodeIn, Per, TabLayout, Template, Use
from domain.sheets.template_json import digest, undated
from domain.sheets.whole_file import Used, decimals, price_unit

_LEAST_FOUND = 60
"""A template fits when at least this percentage of the columns that it reads are found again."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The template as it reads this sheet: its columns where their headings are now, its tabs by their names now.

    `template` None: no template is near enough. `drift`: in sentences what differs from the template as it was saved;
    empty: nothing that matters. `known`: the fingerprint is the template's own.
    """

    template: Template | None = None
    drift: tuple[str, ...] = ()
    known: bool = False


def fit(
    previews: Sequence[Preview],
    templates: Sequence[Template],
    unit: Unit = Unit.SECOND,
    rate_types: Collection[str] = (),
) -> Fit:
    """Return the template whose fingerprint is the sheet's, else the nearest with its drift; of equals the first."""
    best, best_rank = Fit(), (False, 0, 0)
    looked = [Looked(preview) for preview in previews]
    for template in templates:
        laid = _laid(looked, template, frozenset(rate_types))
        if laid is None:
            continue
        tabs, drift, found, wanted = laid
        now = _said_per(replace(template, tabs=tuple(one.layout for one in tabs)), tabs, unit)
        if now.per is not template.per:
            drift = [*drift, f"Prices are now said to be per {now.per}; before they were per {template.per}."]
        if (mark := _shown_mark(tabs)) and now.decimal and mark != now.decimal:
            drift = [*drift, f"Prices have {mark!r} before their decimals; before they had {now.decimal!r}."]
            now = replace(now, decimal=mark)
        now = replace(now, fingerprint=digest(now))
        known = now.fingerprint == template.fingerprint
        rank = (known, found * 100 // max(wanted, 1), -len(drift))
        if best.template is None or rank > best_rank:
            best, best_rank = Fit(now, tuple(drift), known), rank
    return best


def fingerprint(previews: Sequence[Preview], template: Template) -> str:
    """Return the digest of the headings of the tabs that a template reads, as they are in this workbook; "" where it
    does not fit. Numbers, names of months and the names of tabs do not count."""
    laid = _laid([Looked(preview) for preview in previews], template, frozenset())
    return "" if laid is None else digest(replace(template, tabs=tuple(one.layout for one in laid[0])))


def _laid(
    looked: Sequence[Looked], template: Template, rate_types: frozenset[str]
) -> tuple[list[Laid], list[str], int, int] | None:
    """Lay the template on each tab: what it is there, the drift, columns found and wanted; None: it does not fit."""
    previews = [one.preview for one in looked]
    seen = [one for one in looked if not one.preview.hidden and one.preview.total]
    visible = [one.preview for one in seen]
    tries = {
        (place, number): laid
        for place, one in enumerate(seen)
        for number, layout in enumerate(template.tabs)
        if layout.use is not Use.SKIP and (laid := lay(one, layout, rate_types)) is not None
    }
    tabs: list[Laid] = []
    drift: list[str] = []
    taken: set[int] = set()
    names = {undated(one.name) for one in visible}
    used = [(number, one) for number, one in enumerate(template.tabs) if one.use is not Use.SKIP]
    for number, layout in sorted(used, key=lambda one: undated(one[1].name) not in names):
        place, twin = _place_of(layout, number, visible, tries, taken), _has_twin(template, number)
        if place is None:
            if layout.use in (Use.RATES, Use.CODES) and not twin:
                return None
            drift += [] if twin else [f"The tab {layout.name!r} is missing."]
            continue
        taken.add(place)
        tabs.append(tries[place, number])
        if layout.name and not twin and undated(layout.name) != undated(visible[place].name):
            drift.append(f"The tab {layout.name!r} is now called {visible[place].name!r}.")
        drift += tries[place, number].drift
    tabs += _more(template, visible, tries, taken, drift)
    found, wanted = sum(one.found for one in tabs), sum(one.wanted for one in tabs)
    if not any(one.layout.use is Use.RATES for one in tabs) or found * 100 < wanted * _LEAST_FOUND:
        return None
    return _whole(previews, tabs), drift, found, wanted


def _whole(previews: Sequence[Preview], tabs: Sequence[Laid]) -> list[Laid]:
    """Return the tabs that are read and those that are not, in their order."""
    alone = len(previews) == 1
    read = {one.preview.name: one for one in tabs}
    whole = [read.get(one.name) or Laid(TabLayout(one.name, Use.SKIP, -1), one) for one in previews]
    return [replace(one, layout=replace(one.layout, name="" if alone else one.layout.name)) for one in whole]


def _place_of(
    layout: TabLayout,
    number: int,
    visible: Sequence[Preview],
    tries: dict[tuple[int, int], Laid],
    taken: set[int],
) -> int | None:
    """Return the tab that the layout is for: the one of its name, else of its name without dates, else most alike."""
    able = [place for place in range(len(visible)) if (place, number) in tries and place not in taken]
    if not able:
        return None

    def rank(place: int) -> tuple[bool, bool, int, int]:
        name = visible[place].name
        laid = tries[place, number]
        same = name.casefold() == layout.name.casefold()
        return same, undated(name) == undated(layout.name), laid.found - len(laid.drift), -place

    return max(able, key=rank)


def _has_twin(template: Template, number: int) -> bool:
    """Return whether another tab has the same columns: of such tabs any may be there."""
    layout = template.tabs[number]
    return any(
        other.use is layout.use and _meant(other) == _meant(layout)
        for at, other in enumerate(template.tabs)
        if at != number
    )


def _meant(layout: TabLayout) -> list[tuple[str, str, str, str]]:
    return [(undated(one.heading), one.meaning, one.rate_type, one.origin) for one in layout.columns]


def _more(
    template: Template,
    visible: Sequence[Preview],
    tries: dict[tuple[int, int], Laid],
    taken: set[int],
    drift: list[str],
) -> list[Laid]:
    """Read tabs that are new when tabs with just their headings are read; tell of the others that look alike."""
    skipped = {undated(layout.name) for layout in template.tabs if layout.use is Use.SKIP}
    known = [at for at, layout in enumerate(template.tabs) if layout.use is Use.RATES]
    many = len(known) > 1 or template.country_code is CountryCodeIn.TAB_NAME
    more = []
    for place, preview in enumerate(visible):
        like = next((tries[place, at] for at in known if (place, at) in tries), None)
        if place in taken or like is None or undated(preview.name) in skipped:
            continue
        if many and not like.drift:
            more.append(like)
        else:
            drift.append(f"The tab {preview.name!r} is new and not read, though it looks like one that is.")
    return more


def _said_per(template: Template, tabs: Sequence[Laid], unit: Unit) -> Template:
    """Follow the sheet where it says itself what its prices are for."""
    per, questions = price_unit(_priced(tabs), unit)
    if questions or (per is Per.MINUTE and not any(one.says_minute() for one in tabs)):
        return template
    return replace(template, per=per)


def _shown_mark(tabs: Sequence[Laid]) -> str:
    """Return the decimal mark that all prices seen can be read by, and some only by; "": none."""
    return decimals(_priced(tabs))[0]


def _priced(tabs: Sequence[Laid]) -> list[Used]:
    return [one.used(at) for at, one in enumerate(tabs) if one.layout.use in (Use.RATES, Use.ORIGINS)]
