"""Sources of moved numbers by the names of their fields: what `ported add`, `set` and `list` speak of."""

from collections.abc import Iterable, Mapping

from domain.errors import InputError
from domain.field_text import names_of, texts_of, unknown_field, with_texts
from domain.portability import PortedSource, check_source

SOURCE_FIELDS = tuple(name for name in names_of(PortedSource) if name not in ("name", "edition"))


def source_texts(source: PortedSource) -> dict[str, str]:
    """Return every field as text."""
    texts = texts_of(source)
    return {name: texts[name] for name in SOURCE_FIELDS}


def changed_source(source: PortedSource, texts: Mapping[str, str], others: Iterable[PortedSource]) -> PortedSource:
    """Return a source with some fields changed, and checked. Raises InputError: which field, what is wrong."""
    where = f"source {source.name}"
    for name in texts:
        if name not in SOURCE_FIELDS:
            raise unknown_field(name, SOURCE_FIELDS, where)
    changed = with_texts(source, texts, where)
    if changed.kind is not source.kind and source.edition:
        raise InputError("its numbers came from a file", where=where, mend="Add another source, and remove this one.")
    check_source(changed, others)
    return changed
