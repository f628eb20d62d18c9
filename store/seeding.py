"""The first reference book, made from the metadata of the `phonenumbers` package (facts: dependencies §10).

Countries by calling code (in North America by area code), their breakouts by kind of number, and mobile carriers.
Number portability is not known to it: a carrier's name says whom a block was given to. Takes a few seconds and
some 50 MB: for a job, not for a live process.
"""

from collections.abc import Callable, Iterable, Iterator

import phonenumbers
import regex  # type: ignore[import-untyped]  # the package has no stubs
from babel import Locale
from phonenumbers.carrierdata import CARRIER_DATA

from domain.codes import NO_COUNTRY
from domain.prefixes import PrefixTable
from store.catalog.codes import CodeSeed

SOURCE = f"phonenumbers {phonenumbers.__version__}"
MOBILE = "Mobile"
KINDS = {
    "fixed_line": "Fixed",
    "mobile": MOBILE,
    "pager": "Paging",
    "toll_free": "Toll Free",
    "premium_rate": "Premium",
    "shared_cost": "Shared Cost",
    "personal_number": "Personal",
    "voip": "VoIP",
    "uan": "Corporate",
}
"""The types of number in the metadata and what a destination of that kind is called after its country."""
_NETWORKS = {
    800: "International Freephone",
    808: "International Shared Cost",
    870: "Inmarsat",
    878: "Universal Personal Numbers",
    881: "Global Mobile Satellite",
    882: "International Networks 882",
    883: "International Networks 883",
    888: "Disaster Relief",
    979: "International Premium Rate",
}
"""Calling codes of no country (ITU-T E.164 list of assigned codes)."""
_NANP = 1
_DEPTH = 5
"""National digits after which we stop telling kinds apart: what is still mixed belongs to the country as a whole."""

Patterns = dict[str, "regex.Pattern[str]"]


def seed_codes(progress: Callable[[int, int, str], None] | None = None) -> list[CodeSeed]:
    """Return all codes, sorted, none of them needless (one that says what the next shorter one says is left out).

    `progress` is told calling codes done, their number, and the country at work.
    """
    table: PrefixTable[CodeSeed] = PrefixTable()
    regions_of = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    for done, (calling_code, regions) in enumerate(sorted(regions_of.items())):
        if progress is not None:
            progress(done, len(regions_of), _country(regions[0]))
        for entry in _of_calling_code(calling_code, regions):
            table.setdefault(entry.code, entry)
    if progress is not None:
        progress(len(regions_of), len(regions_of), "mobile carriers")
    for entry in list(_carriers(table)):
        table[entry.code] = entry
    return [table[code] for code in sorted(table) if not _needless(table, code)]


def _of_calling_code(calling_code: int, regions: tuple[str, ...]) -> Iterator[CodeSeed]:
    if regions == (NO_COUNTRY,):
        yield CodeSeed(str(calling_code), _NETWORKS.get(calling_code, f"Network {calling_code}"), NO_COUNTRY)
    elif calling_code == _NANP:
        yield from _north_america(regions)
    else:
        main, *others = regions
        yield CodeSeed(str(calling_code), _country(main), main)
        patterns = _patterns(main)
        for region in others:  # they go first: where both claim a code, the small one means it
            yield from _of_small_region(calling_code, region, patterns)
        for prefix, kind in _walk(patterns):
            yield _breakout(f"{calling_code}{prefix}", main, KINDS[kind])


def _of_small_region(calling_code: int, region: str, of_main: Patterns) -> Iterator[CodeSeed]:
    """A region that shares a calling code has the numbers which the main region's patterns leave out."""
    for prefix, kind in _walk(_patterns(region)):
        if kind in of_main and of_main[kind].fullmatch(prefix, partial=True):
            continue
        code = f"{calling_code}{prefix}"
        fixed = kind == "fixed_line"
        yield CodeSeed(code, _country(region), region) if fixed else _breakout(code, region, KINDS[kind])


def _north_america(regions: tuple[str, ...]) -> Iterator[CodeSeed]:
    """Area codes of each country; mobile numbers are told apart on the islands only; services are common to all."""
    yield CodeSeed("1", "North America Other", NO_COUNTRY)
    for region in sorted(regions, key=lambda name: name == "US"):
        patterns = _patterns(region)
        geographic: Patterns = {kind: patterns[kind] for kind in ("fixed_line", "mobile") if kind in patterns}
        for area in map(str, range(200, 1000)):
            if any(pattern.fullmatch(area, partial=True) for pattern in geographic.values()):
                yield CodeSeed(f"1{area}", _country(region), region)
        if region not in ("US", "CA"):
            for prefix, kind in _walk(geographic, depth=_DEPTH + 1):
                if kind == "mobile" and len(prefix) > 3:
                    yield _breakout(f"1{prefix}", region, MOBILE)
    services = _patterns("US")
    for kind in ("toll_free", "premium_rate", "personal_number"):
        for prefix, _ in _walk({kind: services[kind]}, depth=3, least=3):
            yield CodeSeed(f"1{prefix}", f"North America {KINDS[kind]}", NO_COUNTRY, KINDS[kind])


def _carriers(table: PrefixTable[CodeSeed]) -> Iterator[CodeSeed]:
    for code, names in CARRIER_DATA.items():
        owner = table.match(code)
        name = " ".join(names.get("en", "").split())
        if owner is not None and name and owner[1].country != NO_COUNTRY:
            country = owner[1].country
            yield CodeSeed(code, f"{_country(country)} {MOBILE} {name}", country, MOBILE)


def _needless(table: PrefixTable[CodeSeed], code: str) -> bool:
    shorter = table.match(code[:-1])
    return shorter is not None and shorter[1].name == table[code].name


def _walk(patterns: Patterns, depth: int = _DEPTH, least: int = 1) -> Iterator[tuple[str, str]]:
    """Yield the shortest national prefixes (of at least `least` digits) which one kind of number alone can have."""
    waiting: list[tuple[str, Iterable[str]]] = [("", patterns)]
    while waiting:
        prefix, kinds = waiting.pop()
        for digit in "0123456789":
            longer = prefix + digit
            possible = [kind for kind in kinds if patterns[kind].fullmatch(longer, partial=True)]
            if len(possible) == 1 and len(longer) >= least:
                yield longer, possible[0]
            elif possible and len(longer) < depth:
                waiting.append((longer, possible))


def _patterns(region: str) -> Patterns:
    """Compile a region's patterns by kind; where fixed and mobile numbers cannot be told apart, only fixed ones."""
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region)
    texts = {kind: getattr(getattr(metadata, kind), "national_number_pattern", None) for kind in KINDS}
    if texts["mobile"] == texts["fixed_line"]:
        texts["mobile"] = None
    return {kind: regex.compile(text) for kind, text in texts.items() if text}


def _breakout(code: str, region: str, kind: str) -> CodeSeed:
    return CodeSeed(code, f"{_country(region)} {kind}", region, kind)


def _country(region: str) -> str:
    return str(_ENGLISH.get(region, region))


_ENGLISH = Locale("en").territories
