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
