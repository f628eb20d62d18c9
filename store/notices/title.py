"""What stands above the headings of a sheet, and who and what it is of."""

from dataclasses import dataclass

from domain.notices.form import SheetForm
from domain.notices.words import title_word


@dataclass(frozen=True, slots=True)
class Title:
    """Whose (who sends it), and of which plan, day and currency a sheet is; `zone`: of its dates. All are texts."""

    company: str
    plan: str
    date: str
    currency: str
    zone: str

    def lines(self, form: SheetForm) -> list[tuple[str, str]]:
        """Return the lines above the headings as pairs of cells, in the form's language."""
        said = [
            (self.company, ""),
            (title_word("plan", form.language), self.plan),
            (title_word("date", form.language), self.date),
            (title_word("currency", form.language), self.currency),
            (title_word("zone", form.language), self.zone),
        ]
        return [(one, other) for one, other in said if one and (other or one == self.company)]
