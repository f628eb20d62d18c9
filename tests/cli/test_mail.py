"""`switchboard mail`."""

import json

import grpc

from protos.operators_pb2 import Changed, Mail, Mails
from tests.cli.far_desk import FarDesk

GONE = Mail(
    id=4, partner="orbita", kind="warned", address="noc@orbita.example", subject="Orbita has used 80 % of its credit",
    state="failed", tries=12, error="550 no such user",
)  # fmt: skip


def test_mail_is_listed_with_what_became_of_it(desk: FarDesk) -> None:
    desk.says("Mail.List", Mails(mails=[GONE], total=1))
    row = desk.run("mail", "list", "--filter", "failed").stdout.splitlines()[1]
    assert "noc@orbita.example" in row and "failed" in row and "550 no such user" in row
    assert desk.asked("Mail.List").filter == "failed"
    assert json.loads(desk.run("mail", "list", "--json").stdout)["mails"][0]["tries"] == 12


def test_a_mail_is_shown_with_its_files_and_text(desk: FarDesk) -> None:
    mail = Mail(id=7, address="noc@orbita.example", kind="rates", subject="Our rates", body="Hello.\n\nThey go up.\n",
                state="sent", tries=1, files=["sell-a.xlsx", "more.csv"])  # fmt: skip
    desk.says("Mail.Show", mail)
    shown = desk.run("mail", "show", "7").stdout
    assert "sell-a.xlsx, more.csv" in shown and "Our rates" in shown and "They go up.\n" in shown
    assert "server said" not in shown and desk.asked("Mail.Show").name == "7"
    assert json.loads(desk.run("mail", "show", "7", "--json").stdout)["files"] == ["sell-a.xlsx", "more.csv"]
    desk.says("Mail.List", Mails(mails=[mail], total=1))
    assert "sell-a.xlsx, more.csv" in desk.run("mail", "list").stdout


def test_retry_names_one_mail_or_all_that_failed(desk: FarDesk) -> None:
    desk.says("Mail.Retry", Changed(what="1 mail to be tried again"))
    assert desk.run("mail", "retry", "4").stdout == "1 mail to be tried again\n"
    desk.run("mail", "retry", "failed")
    assert [named.name for named in desk.requests["Mail.Retry"]] == ["4", "failed"]


def test_a_test_tells_what_the_server_said(desk: FarDesk) -> None:
    desk.says("Mail.Test", Changed(what="mx has taken a mail to a@b.example"))
    assert desk.run("mail", "test", "a@b.example").stdout == "mx has taken a mail to a@b.example\n"
    desk.refuses("Mail.Test", grpc.StatusCode.INVALID_ARGUMENT, "was not taken: 550 go away")
    refused = desk.run("mail", "test", "a@b.example")
    assert refused.exit_code == 1 and "550 go away" in refused.stderr
