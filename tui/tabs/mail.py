"""Mail: what was told to partners and to our own people, and whether it went out."""

from textual.content import Content

from protos import operators_pb2
from tui import formats
from tui.link import Link
from tui.tabs.tab import Ask, Listed, Tab, fields
from tui.widgets.cells import Column, Row, Tone, number, word

_TONES: dict[str, Tone] = {"sent": "good", "waiting": "warn", "failed": "bad"}


class MailTab(Tab):
    """One row per mail, the newest first. `r` tries one again that was given up, `R` all of them."""

    name = "Mail"
    columns = (
        Column("made", 14),
        Column("partner", 10),
        Column("to", 18, flex=1),
        Column("subject", 20, flex=2),
        Column("state", 8),
        Column("tries", 5, right=True, above=92),
    )
    empty = "no mail yet: partners and our own people are told of credit that runs out"
    every_s = 5.0
    filter_hint = "waiting, sent, failed; or part of address, partner or subject"
    has_retry = True
    detail_below = True

    async def fetch(self, link: Link, ask: Ask) -> Listed:
        """Ask for one page of mail."""
        page = operators_pb2.PageRequest(filter=ask.filter, limit=ask.limit, offset=ask.offset)
        reply = await link.ask(lambda services: services.mail.List, page)
        return Listed([_row(mail) for mail in reply.mails], reply.total)

    def detail(self, row: Row) -> Content | None:
        """Show what was written, and what the mail server said."""
        mail = row.item
        assert isinstance(mail, operators_pb2.Mail)
        head = fields([
            ("to", mail.address), ("about", mail.partner), ("made", formats.exact_time(mail.made_ms)),
            ("state", f"{mail.state}, tried {mail.tries} times"), ("files", ", ".join(mail.files)),
            ("server said", mail.error),
        ])  # fmt: skip
        subject = (f"\n{formats.plain(mail.subject)}\n", "bold $accent")
        return Content.assemble(head, subject, (formats.plain(mail.body), "$foreground"))

    async def retry(self, link: Link, row: Row | None) -> str:
        """Try one mail again, or all that were given up."""
        named = operators_pb2.Named(name=row.key if row else "failed")
        return (await link.ask(lambda services: services.mail.Retry, named)).what


def _row(mail: operators_pb2.Mail) -> Row:
    return Row(
        str(mail.id),
        (
            number(formats.stamp(mail.made_ms), mail.made_ms, "dim"),
            word(mail.partner, "strong"),
            word(mail.address),
            word(mail.subject),
            word(mail.state, _TONES.get(mail.state, "plain")),
            number(formats.count(mail.tries), mail.tries, "dim"),
        ),
        mail,
    )
