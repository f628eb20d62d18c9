"""What people answer to notices: their own words, and whether these are clearly yes or no."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notices.own_words import own_words
from domain.notices.states import ContactState
from domain.notices.verdict import verdict

QUOTES = {
    "plain": "On Thu, 5 Nov 2026 at 10:12, Switchboard <rates@house.example>\nwrote:\n> We do not accept\n> anything\n",
    "no marks": "On Thu, 5 Nov 2026 at 10:12, Switchboard <rates@house.example> wrote:\nReject all\n",
    "german": "Am 05.11.2026 um 10:12 schrieb Switchboard:\n> abgelehnt\n",
    "spanish": "El jue, 5 nov 2026 a las 10:12, Switchboard (<rates@house.example>) escribió:\n\n> rechazado\n",
    "french": "Le jeu. 5 nov. 2026 à 10:12, Switchboard <rates@house.example> a écrit :\n\n> refusé\n",
    "portuguese": "Em qui., 5 de nov. de 2026 às 10:12, Switchboard <rates@house.example> escreveu:\n> recusado\n",
    "russian": "чт, 5 нояб. 2026 г. в 10:12, Switchboard <rates@house.example>:\n> отклонено\n",
    "russian too": "05.11.2026, 10:12, Switchboard <rates@house.example> пишет:\n> отклонено\n",
    "outlook": "From: Switchboard <rates@house.example>\nSent: Thursday, 5 November 2026 10:12\nTo: noc\nReject this\n",
    "outlook de": "________________________________\nVon: Switchboard\nGesendet: Donnerstag\nabgelehnt\n",
    "outlook bold": "*From:* Switchboard <rates@house.example>\n*Sent:* Thursday\n*To:* noc\n\nReject this\n",
    "old outlook": "-----Ursprüngliche Nachricht-----\nVon: Switchboard\nReject\n",
    "forwarded": "Begin forwarded message:\n\nReject\n",
}


@pytest.mark.parametrize("name", QUOTES)
def test_what_is_quoted_is_left_out(name: str) -> None:
    lines = own_words(f"Accepted,\r\n thanks\r\n\r\n{QUOTES[name]}")
    assert lines[:2] == ("Accepted,", "thanks") and verdict(lines) is ContactState.ACCEPTED


def test_what_is_below_marked_quotes_is_their_own() -> None:
    lines = own_words("On 5 Nov 2026 Switchboard wrote:\n> Please answer.\n>\n> Regards\n\nRejected.\n")
    assert lines == ("Rejected.",)


def test_what_stands_right_above_who_wrote_is_their_own() -> None:
    quote = "On Thu, 5 Nov 2026 at 10:12, Switchboard\n<rates@house.example> wrote:\n> no\n"
    for text in ("Accepted, thanks", "On 5 Nov it is fine", "Am 5. passt es"):
        assert own_words(f"{text}\n{quote}") == own_words(f"{text}\n\n{quote}") == (text,)


def test_from_in_a_sentence_is_no_head_of_a_mail() -> None:
    assert own_words("From: our side it is fine\nBye") == ("From: our side it is fine", "Bye")


@pytest.mark.parametrize(
    "text",
    [
        "Accepted",
        "Accepted, thanks",
        "Hi John,\n\nWe accept these rates.\n\nBest regards\nAnn\nKestrel accepts no liability for this mail",
        "Thanks, confirmed.",
        "OK",
        "ok for us\nRegards",
        "Confirmed, we will update our side.",
        "Agreed and loaded.",
        "No objections.",
        "Hallo,\nwir sind einverstanden.\nMit freundlichen Grüßen",
        "Preise bestätigt",
        "De acuerdo, aceptamos las tarifas.",
        "Bonjour, nous acceptons vos tarifs.",
        "D’accord",
        "Aceitamos as tarifas",
        "Добрый день!\nТарифы приняты, согласовано.",
        "Согласны",
        "Agree",
        "ok thanks",
        "Confirmed from our side.",
        "Well noted and accepted.",
        "All new rates are accepted.",
        "Dear all, we agree with your rates\nRegards\nAnn Smith\nKestrel 2000 Ltd",
    ],
)
def test_a_clear_yes_is_accepted(text: str) -> None:
    assert verdict(own_words(text)) is ContactState.ACCEPTED


@pytest.mark.parametrize(
    "text",
    [
        "Rejected",
        "We do not accept these rates.",
        "We don’t accept",
        "we can't agree",
        "This is not acceptable. Please confirm a lower rate.",
        "Nous n'acceptons pas ces tarifs",
        "Nous ne sommes pas d'accord",
        "Wir akzeptieren die Preise nicht",
        "Nicht einverstanden!",
        "No aceptamos",
        "Não concordo",
        "Мы не согласны",
        "Отклоняем",
        "We cannot accept and reject all of it",
        "We decline.",
    ],
)
def test_a_clear_no_is_refused_and_negation_wins(text: str) -> None:
    assert verdict(own_words(text)) is ContactState.REFUSED


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Received, thanks",
        "Do you accept our counter offer?",
        "We accept all but Kenya",
        "We accept Kenya and reject Uganda",
        "We will confirm tomorrow",
        "Please confirm by Friday",
        "Ok, will check and revert",
        "OK\nLet me check with finance.",
        "We do not reject it",
        "Confirmed receipt",
        "Accepted, however the UK must go back to 0.01",
        "Если согласуем, подтверждаем",
        "Bitte bestätigen",
        "Kestrel does x\n" * 9 + "Accepted",
        "Accepted subject to seven days notice",
        "Partially accepted",
        "We have accepted your previous sheet, this one is wrong",
        "We confirm our dispute",
        "We confirm the increase is too high",
        "We accept the old rates",
        "We confirm our rates",
        "Confirmed we got the file",
        "We accept nothing",
        "We accept with exception of Kenya",
        "Accepted, Kenya we dispute",
        "Agreed rates are attached",
        "ok I forward it to my boss",
        "We accept 0.02",
        "Confirm the new rates",
        "Have you accepted the rates",
        "You accepted the new rates",
        "We accept\n" + "thanks\n" * 8 + "However we refuse Kenya",
        "We accept\nThanks\nKenya stays as it was",
        "We accept\nRegards\nAnn\nP.S. Kenya stays",
        "We accept\nRegards\nAnn\nHowever Kenya is another matter",
        "Wir akzeptieren die alten Preise",
        "Aceptamos la mitad",
        "Принято к сведению",
    ],
)
def test_all_else_is_for_people(text: str) -> None:
    assert verdict(own_words(text)) is ContactState.ANSWERED


@given(st.text(st.sampled_from("ab >-_:\n\r.,?<@>OnwroteFrmS'’не"), max_size=400))
def test_any_text_is_read(text: str) -> None:
    lines = own_words(text)
    assert all(line.strip() for line in lines)
    assert verdict(lines) in (ContactState.ACCEPTED, ContactState.REFUSED, ContactState.ANSWERED)
