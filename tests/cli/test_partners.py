"""`switchboard partners`."""

import json

from protos.operators_pb2 import (
    Changed,
    InvoiceRequest,
    Partner,
    PartnerBalance,
    PartnerBalances,
    PartnerFees,
    ShardAway,
    ShortCallFee,
    Standing,
)
from protos.switch_pb2 import Money
from tests.cli.far_desk import FarDesk

ORBITA = PartnerBalance(
    partner=Partner(id="orbita", name="Orbita", currency="USD", zone="UTC", status="active", prepaid=True),
    owed=Money(units=-208_250_000_000, currency="USD"),
    available=Money(units=208_250_000_000, currency="USD"),
    open_calls=2,
)


def test_add_sends_the_contract_and_prints_what_changed(desk: FarDesk) -> None:
    desk.says("Partners.Add", Changed(what="partner callwell added"))
    result = desk.run(
        *"partners add callwell --name Callwell --currency usd --credit-limit 30000 --zone Europe/London".split(),
        *"--max-calls 500 --outage trust --sell-plan cw --email a@b.example --email c@d.example".split(),
        *"--rates-email r@b.example".split(),
    )
    assert (result.exit_code, result.stdout) == (0, "partner callwell added\n")
    sent = desk.asked("Partners.Add")
    assert (sent.id, sent.name, sent.currency, sent.status, sent.outage) == (
        *("callwell", "Callwell", "USD", "active", "trust"),
    )
    assert sent.credit_limit_units == 3_000_000_000_000
    assert sent.max_calls == 500 and not sent.HasField("max_cps")
    assert list(sent.emails) == ["a@b.example", "c@d.example"] and list(sent.rates_emails) == ["r@b.example"]


def test_add_takes_the_short_name_where_no_other_is_given(desk: FarDesk) -> None:
    desk.says("Partners.Add", Changed(what="added"))
    desk.run("partners", "add", "minnow", "--currency", "USD", "--prepaid")
    assert desk.asked("Partners.Add").name == "minnow"
    assert desk.asked("Partners.Add").prepaid


def test_add_without_a_currency_is_wrong_usage(desk: FarDesk) -> None:
    result = desk.run("partners", "add", "minnow")
    assert result.exit_code == 2
    assert "--currency" in result.stderr


def test_wrong_values_are_wrong_usage_and_name_the_option(desk: FarDesk) -> None:
    for option, value, said in (
        ("--credit-limit", "12,50", "is not a decimal number"),
        ("--credit-limit", "-1", "is negative"),
        ("--zone", "Mars/Base", "is not a time zone"),
        ("--outage", "hope", "'refuse', 'trust'"),
    ):
        result = desk.run("partners", "add", "x", "--currency", "USD", option, value)
        assert result.exit_code == 2
        assert option in result.stderr and said in result.stderr
    assert desk.requests == {}


def test_show_says_what_short_calls_cost(desk: FarDesk) -> None:
    shown = PartnerBalance()
    shown.CopyFrom(ORBITA)
    shown.partner.options.update({"short_sell.fee": "0.0100", "short_buy.fee": "0.005", "short_buy.free_percent": "0"})
    desk.says("Partners.Show", shown)
    said = desk.run("partners", "show", "orbita").stdout
    assert "we charge 0.01 USD a call ≤ 6 s beyond 15 %; it charges 0.005 USD a call ≤ 6 s beyond 0 %" in said


FEES = "partners fees orbita --from 2026-10-01 --to 2026-10-31".split()
SHORT = ShortCallFee(
    side="client", answered=1_230, short=210, free=184, charged=26, within_s=6,
    fee=Money(units=1_000_000, currency="USD"), amount=Money(units=26_000_000, currency="USD"),
    arithmetic="1,230 answered, 210 ≤ 6 s = 17.07 %, 184 free at 15 %, 26 × 0.0100",
)  # fmt: skip


def test_fees_are_shown_with_their_arithmetic_and_nothing_is_posted(desk: FarDesk) -> None:
    desk.says("Invoices.Fees", PartnerFees(partner="orbita", fees=[SHORT]))
    result = desk.run(*FEES)
    asked = InvoiceRequest(partner="orbita", first_day="2026-10-01", last_day="2026-10-31")
    assert (result.exit_code, desk.asked("Invoices.Fees")) == (0, asked)
    row = "we charge  all     1,230    210   184       26  0.0100  0.26 USD"
    assert row.split() in [line.split() for line in result.stdout.splitlines()]
    assert f"we charge: {SHORT.arithmetic}" in result.stdout
    (shown,) = json.loads(desk.run(*FEES, "--json").stdout)["fees"]
    assert (shown["charged"], shown["amount"]) == (26, {"amount": "0.26", "currency": "USD"})


def test_without_a_fee_the_way_to_one_is_told(desk: FarDesk) -> None:
    desk.says("Invoices.Fees", PartnerFees(partner="orbita"))
    assert "partners set orbita short_sell.fee=0.01" in desk.run(*FEES).stdout


def test_a_vendors_fees_are_posted_by_a_word(desk: FarDesk) -> None:
    desk.says("Invoices.PostFees", Changed(what="0.10 USD posted"))
    assert desk.run(*FEES, "--post").stdout == "0.10 USD posted\n"
    assert "Invoices.Fees" not in desk.requests
    assert desk.run(*FEES, "--post", "--json").exit_code == 2


def test_show_tells_terms_and_balances(desk: FarDesk) -> None:
    desk.says("Partners.Show", ORBITA)
    result = desk.run("partners", "show", "orbita")
    assert desk.asked("Partners.Show").name == "orbita"
    lines = {line.split("  ")[0]: line.split("  ")[-1].strip() for line in result.stdout.splitlines()}
    assert (lines["terms"], lines["owes us"], lines["available"]) == ("prepaid", "-2082.50 USD", "2082.50 USD")
    assert "most calls" not in lines


def test_show_gives_the_names_that_can_be_set_and_set_sends_them(desk: FarDesk) -> None:
    found = PartnerBalance(partner=ORBITA.partner, fields={"pay_days": "30", "credit_limit": "500.00"})
    desk.says("Partners.Show", found)
    lines = desk.run("partners", "show", "orbita").stdout.splitlines()
    assert [line.split() for line in lines[-2:]] == [["credit_limit", "500.00"], ["pay_days", "30"]]
    desk.says("Partners.Set", Changed(what="partner orbita: pay_days 14 (was 30)"))
    assert desk.run("partners", "set", "orbita", "pay_days=14", "credit-limit=12.50").exit_code == 0
    sent = desk.asked("Partners.Set")
    assert (sent.id, dict(sent.values)) == ("orbita", {"pay_days": "14", "credit_limit": "12.50"})
    assert desk.run("partners", "set", "orbita", "pay_days").exit_code == 2


def test_show_as_json_has_exact_amounts(desk: FarDesk) -> None:
    desk.says("Partners.Show", ORBITA)
    shown = json.loads(desk.run("partners", "show", "orbita", "--json").stdout)
    assert shown["owed"] == {"amount": "-2082.50", "currency": "USD"}
    assert shown["partner"]["credit_limit"] == "0.00"


def test_list_shows_a_row_a_partner(desk: FarDesk) -> None:
    desk.says("Partners.List", PartnerBalances(partners=[ORBITA], total=1))
    result = desk.run("partners", "list")
    assert "-2082.50 USD" in result.stdout.splitlines()[1]
    assert desk.asked("Partners.List").limit == 50


def test_who_is_suspended_by_its_balance_is_told_from_who_is_by_an_operator(desk: FarDesk) -> None:
    limit = Partner(id="acme", name="Acme", currency="USD", status="active", credit_limit_units=100_000_000)
    by_balance = PartnerBalance(partner=limit, standing=Standing(suspended=True, warned=95, used_percent=101.5))
    by_us = PartnerBalance(partner=Partner(id="minnow", status="suspended"), standing=Standing(suspended=True))
    desk.says("Partners.List", PartnerBalances(partners=[by_balance, by_us], total=2))
    acme, minnow = desk.run("partners", "list").stdout.splitlines()[1:3]
    assert "suspended by balance" in acme and "101.5 %" in acme
    assert "suspended" in minnow and "balance" not in minnow
    desk.says("Partners.Show", by_balance)
    shown = json.loads(desk.run("partners", "show", "acme", "--json").stdout)
    assert shown["standing"]["suspended"] is True and shown["standing"]["used_percent"] == 101.5


def test_suspend_and_activate_set_the_status(desk: FarDesk) -> None:
    desk.says("Partners.SetStatus", Changed(what="orbita: active -> suspended"))
    assert desk.run("partners", "suspend", "orbita").stdout == "orbita: active -> suspended\n"
    assert desk.run("partners", "activate", "orbita").exit_code == 0
    sent = [(change.id, change.status) for change in desk.requests["Partners.SetStatus"]]
    assert sent == [("orbita", "suspended"), ("orbita", "active")]


def test_remove_names_the_partner(desk: FarDesk) -> None:
    desk.says("Partners.Remove", Changed(what="partner x removed"))
    assert desk.run("partners", "remove", "x").stdout == "partner x removed\n"
    assert desk.asked("Partners.Remove").name == "x"


AWAY = [ShardAway(shard="shard-1", since_ms=1_793_491_200_000)]
KESTREL = PartnerBalance(partner=Partner(id="kestrel", name="Kestrel", currency="USD", status="active"), away=AWAY)


def test_what_is_not_known_is_a_dash_and_one_line_names_the_shard_that_is_away(desk: FarDesk) -> None:
    desk.says("Partners.List", PartnerBalances(partners=[ORBITA, KESTREL, KESTREL], total=3))
    lines = desk.run("partners", "list").stdout.splitlines()
    assert lines[2].split() == ["kestrel", "Kestrel", "active", *"------"]
    assert lines[4:] == [
        "shard-1 is away since 2026-11-01 00:00:00 UTC: balances and open calls of its partners, shown as -"
    ]
    assert lines[1].split()[-1] == "2"


def test_what_is_not_known_is_null_in_json(desk: FarDesk) -> None:
    desk.says("Partners.Show", KESTREL)
    shown = json.loads(desk.run("partners", "show", "kestrel", "--json").stdout)
    names = ("owed", "held", "available", "payable", "open_calls", "standing")
    assert all(shown[name] is None for name in names)
    assert shown["away"] == [{"shard": "shard-1", "since": "2026-11-01T00:00:00.000Z"}]
    text = desk.run("partners", "show", "kestrel").stdout
    assert "shard-1 is away since 2026-11-01 00:00:00 UTC" in text and "owes us     -" in text
