"""The mail of notices of rates: in the client's language, ours or an operator's own."""

from pathlib import Path

import pytest

from domain.notices.words import LANGUAGES
from store.mail_texts import RatesTold, mail_text

CHANGES = RatesTold(
    "now", "Acme", "retail", "USD", "retail.xlsx", 5, (("increase", 2),), "2026-11-04", comment="Call us."
)
FIRST = RatesTold("now", "Acme", "retail", "USD", "retail.xlsx", 5, anew=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_mail_of_a_notice_says_what_when_and_where(language: str, tmp_path: Path) -> None:
    subject, body = mail_text(tmp_path, f"rates-{language}", CHANGES)
    assert subject.startswith("retail") and "2026-11-04" in subject and "Acme" not in subject
    assert "Acme" in body and "retail.xlsx" in body and "increase: 2" in body and "Call us." in body
    subject, body = mail_text(tmp_path, f"rates-{language}", FIRST)
    assert "2026" not in subject + body and "retail.xlsx" in body


def test_an_operators_own_text_is_used(tmp_path: Path) -> None:
    own = tmp_path / "templates" / "mail" / "rates-en.j2"
    own.parent.mkdir(parents=True)
    own.write_text("New rates for {{ name }}\nSee {{ file }}.\n")
    assert mail_text(tmp_path, "rates-en", CHANGES) == ("New rates for Acme", "See retail.xlsx.\n")
