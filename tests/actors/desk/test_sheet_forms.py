"""Forms of the sheets that we send, and that every change by the services of notices is in the audit trail."""

from dataclasses import replace

import pytest

from actors.desk.core import Desk
from actors.desk.sheet_forms import SheetFormsService
from domain.errors import ConflictError, InputError
from domain.ids import PartnerId
from protos import notices_pb2 as pb
from protos import operators_pb2 as op
from tests.actors.desk.noticing import ANN, BOB, NOBODY, Teller
from tests.cluster.tasks.places import BY


@pytest.fixture
def forms(desk: Desk) -> SheetFormsService:
    return SheetFormsService(desk)


def fields(name: str, **values: str) -> op.FieldChanges:
    return op.FieldChanges(id=name, values=values)


async def test_a_form_is_made_changed_shown_and_removed(desk: Desk, forms: SheetFormsService) -> None:
    said = (await forms.Set(fields("short", file="csv", columns="code,price=USD/min"), NOBODY)).what
    assert said.startswith("form short is made; ") and said.count("form short") == 1 and "file csv (was xlsx)" in said
    assert "lead + (was" in (await forms.Set(fields("short", lead="+"), NOBODY)).what
    shown = await forms.Show(op.Named(name="short"), NOBODY)
    assert shown.values["columns"] == "code,price=USD/min" and set(shown.differing) == {"file", "columns", "lead"}
    terms = desk.catalog.partners.terms(PartnerId("orbita"))
    desk.catalog.partners.change(terms.partner, replace(terms.contract, rates_form="short"), **BY)
    listed = (await forms.List(op.Empty(), NOBODY)).forms
    assert [(one.name, list(one.used_by)) for one in listed] == [("", []), ("short", ["orbita"])]
    with pytest.raises(ConflictError, match="it is the form of orbita"):
        await forms.Remove(op.Named(name="short"), NOBODY)
    desk.catalog.partners.change(terms.partner, terms.contract, **BY)
    await forms.Remove(op.Named(name="short"), NOBODY)
    assert len((await forms.List(op.Empty(), NOBODY)).forms) == 1


async def test_a_form_that_is_made_as_the_usual_one_is_said_to_be_so(forms: SheetFormsService) -> None:
    said = [(await forms.Set(fields("same", file="xlsx"), NOBODY)).what for _ in range(2)]
    assert said == ["form same is made, as the usual form is", "form same is so already"]


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [("", {"lead": "+"}, "usual form"), ("x", {"leed": "+"}, "no field 'leed'"), ("x", {}, "nothing to change")],
)
async def test_what_cannot_be_a_form_is_refused_in_words(
    forms: SheetFormsService, name: str, values: dict[str, str], why: str
) -> None:
    with pytest.raises(InputError, match=why):
        await forms.Set(fields(name, **values), NOBODY)


async def test_every_change_leaves_an_entry_in_the_trail(desk: Desk, forms: SheetFormsService) -> None:
    teller = Teller(desk)
    teller.contacts("orbita", ANN)
    await forms.Set(fields("short", lead="+"), NOBODY)
    await forms.Remove(op.Named(name="short"), NOBODY)
    service = teller.service
    (first,) = await teller.made(plan="sell")
    await service.Cancel(pb.NoticeRef(id=first.id), NOBODY)
    notice = await teller.told()
    await service.Answer(pb.NoticeAnswer(id=notice.id, address=ANN, state="accepted"), NOBODY)
    await service.Resend(pb.NoticeResend(id=notice.id, address=BOB), NOBODY)
    await service.Told(pb.ToldOtherwise(partner="orbita", plan="sell"), NOBODY)
    trail = desk.catalog.audit
    assert [one.action for one in reversed(trail.list("sheet-form"))] == ["set", "remove"]
    its = [one.action for one in reversed(trail.list("rate-notice"))]
    assert its == ["make", "cancel", "make", "approve", "accepted", "resend", "tell-otherwise"]
