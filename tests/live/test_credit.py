"""A prepaid partner used up by real calls: suspended, told, refused at every door, and back with its payment."""

import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from cluster.demo.switch import Admitted
from tests.live.market import Price, enter_client, enter_switch, enter_vendor, switch_of
from tests.live.phone import Phone, legs, phone
from tests.live.running import Running, running
from tests.live.waiting import until, until_async
from tests.post_office import PostOffice, post_office

pytestmark = [pytest.mark.live, pytest.mark.timeout(900)]

NUMBER = "254731000001"
THEIRS, NOC, OURS = "pay@purse.example", "noc@purse.example", "ops@house.example"


@pytest.fixture(scope="module")
def office() -> Iterator[PostOffice]:
    with post_office() as office:
        yield office


@pytest.fixture(scope="module")
def board(office: PostOffice, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    mail = f'[mail]\nhost = "127.0.0.1"\nport = {office.port}\nsecurity = "none"\nnotify = ["{OURS}"]\n'
    with running(tmp_path_factory.mktemp("credit"), mail) as board:
        enter_vendor(board, "cheap", "127.0.24.1", Price("254731", "0.0001"))
        yield board


async def talk(caller: Phone, seconds: int) -> None:
    """Make a call of so many seconds, which are as many as were granted."""
    call = caller.new_call()
    admitted = await caller.ask(NUMBER, call)
    assert isinstance(admitted, Admitted) and admitted.granted_s == seconds
    await caller.end(*legs(call, NUMBER, admitted.offers[0], seconds))


async def admission(caller: Phone, call: str = "") -> Admitted | None:
    answer = await caller.ask(NUMBER, call)
    return answer if isinstance(answer, Admitted) else None


def pay(board: Running, amount: str) -> float:
    """Post a payment; return when that was done."""
    board.sb("payments", "add", "--partner", "purse", "--amount", amount, "--currency", "USD")
    return time.monotonic()


def trail(board: Running) -> list[str]:
    """What the audit trail says of the partner's credit, the oldest first."""
    entries = board.told("audit", "--noun", "credit", "--key", "purse")["entries"]
    assert {entry["who"] for entry in entries} <= {"switchboard"}
    return [entry["action"] for entry in reversed(entries)]


def all_sent(board: Running) -> bool:
    mails = board.told("mail", "list", "--filter", "purse")["mails"]
    return [mail["state"] for mail in mails] == ["sent"] * 9


def state(board: Running) -> bool:
    return bool(board.told("partners", "show", "purse")["standing"]["suspended"])


async def test_used_up_by_calls_told_refused_and_back_with_a_payment_whoever_is_killed(
    board: Running, office: PostOffice
) -> None:
    radius, sip = switch_of("purse", "127.0.34.1", "cisco"), switch_of("purse2", "127.0.34.2", "sip302")
    terms = ("--prepaid", "--email", THEIRS)
    enter_client(board, radius, Price("254731", "0.60"), *terms)
    enter_switch(board, sip)
    board.sb("trunks", "add", "purse-sip", "--partner", "purse", "--direction", "in", "--switch", sip.id)
    board.sb("partners", "set", "purse", "on_limit=suspend", "low_balance=0.50", f"noc_emails={NOC}")
    async with phone(radius, board.node) as caller, phone(sip, board.node) as other:
        pay(board, "1.00")
        board.kill("desk")
        await talk(caller, 100)
        ended = time.monotonic()
        for door in (caller, other):
            assert "suspended" in str(await door.ask(NUMBER))
        for address in (THEIRS, NOC, OURS):
            until(lambda address=address: len(office.to(address)) >= 2, f"mail to {address}", 90)  # type: ignore[misc]
        print(f"mail came {time.monotonic() - ended:.1f} s after the call, the desk was killed meanwhile")
        assert state(board)
        paid = pay(board, "0.30")
        again = await until_async(lambda: admission(other), "an admission after the payment", 30)
        print(f"a call passed {time.monotonic() - paid:.3f} s after the payment was posted")
        assert again is not None and not state(board)
        board.kill("shard-0")
        board.kill("desk")
        until(lambda: len(office.to(OURS)) >= 3, "the mail of the payment", 90)
        until(lambda: not board.tried("partners", "show", "purse").exit_code, "the shard is back", 90)
        assert not state(board)
    until(lambda: all_sent(board), "all mail is marked as sent", 90)
    low, suspended, reinstated = dict.fromkeys(office.to(OURS))
    assert "are left" in low and "suspended" in suspended and "may call again" in reinstated
    assert trail(board) == ["warn", "suspend", "reinstate"]
    # a mail that was taken as the desk was killed is sent again under its own id, by which its receiver knows it
    assert {address: len(set(office.to(address))) for address in (THEIRS, NOC, OURS)} == {THEIRS: 3, NOC: 3, OURS: 3}
    assert len(office.ids) == 9 and max(office.ids.values()) <= 2
    check = board.told("ledger", "check")
    assert check["differences"] == [] and Decimal(check["cdrs_minus_postings"]["amount"]) == 0


async def test_a_postpaid_partner_is_warned_suspended_at_its_limit_and_back_with_a_higher_one(
    board: Running, office: PostOffice
) -> None:
    entry = switch_of("debtor", "127.0.34.3", "cisco")
    enter_client(board, entry, Price("254731", "0.60"), "--credit-limit", "1.00", "--email", "pay@debtor.example")
    board.sb("partners", "set", "debtor", "on_limit=suspend")
    async with phone(entry, board.node) as caller:
        for seconds in (40, 10, 30, 20):
            call = caller.new_call()
            admitted = await caller.ask(NUMBER, call)
            assert isinstance(admitted, Admitted)
            await caller.end(*legs(call, NUMBER, admitted.offers[0], seconds))
        assert await caller.ask(NUMBER) == "partner-suspended"
        shown = until(lambda: alarm(board), "an alarm")
        assert "debtor" in shown
        board.sb("partners", "set", "debtor", "credit_limit=2.00")
        changed = time.monotonic()
        assert await until_async(lambda: admission(caller), "an admission under the new limit", 30)
        print(f"a call passed {time.monotonic() - changed:.3f} s after the limit was raised")
    until(lambda: len(office.to("pay@debtor.example")) >= 5, "warnings, suspension and return", 60)
    subjects = office.to("pay@debtor.example")
    assert [subject.split(" % ")[0].split()[-1] for subject in subjects[:3]] == ["50", "80", "95"]
    assert "suspended" in subjects[3] and "may call again" in subjects[4]
    until(lambda: not alarm(board), "the alarm is over")


def alarm(board: Running) -> str:
    alarms = board.told("status")["board"]["alarms"]
    return next((one["text"] for one in alarms if one["key"] == "credit suspended"), "")
