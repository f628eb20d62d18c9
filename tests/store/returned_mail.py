"""Mail that comes back as reports (RFC 3462), as servers and programs of many makes write them; {id} is the Message-ID
of ours."""

from textwrap import dedent

OURS = "<0123456789abcdef0123456789abcdef@house.example>"
TO = "noc@kestrel.example"


def mail(text: str, about: str = OURS) -> bytes:
    """Return a sample as bytes, with the line ends of the wire."""
    return dedent(text).lstrip("\n").replace("{id}", about).replace("\n", "\r\n").encode()


POSTFIX = """
    Return-Path: <>
    Received: by mx.house.example (Postfix) id 4XkLmN2pQz; Thu,  5 Nov 2026 10:12:07 +0000 (UTC)
    Date: Thu,  5 Nov 2026 10:12:07 +0000 (UTC)
    From: MAILER-DAEMON@mx.house.example (Mail Delivery System)
    Subject: Undelivered Mail Returned to Sender
    To: rates@house.example
    Auto-Submitted: auto-replied
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status;
    \tboundary="4XkLmM6YyQ.1730801527/mx.house.example"
    Message-Id: <20261105101207.4XkLmN2pQz@mx.house.example>

    This is a MIME-encapsulated message.

    --4XkLmM6YyQ.1730801527/mx.house.example
    Content-Description: Notification
    Content-Type: text/plain; charset=utf-8

    This is the mail system at host mx.house.example.

    I'm sorry to have to inform you that your message could not
    be delivered to one or more recipients. It's attached below.

    <noc@kestrel.example>: host mx.kestrel.example[192.0.2.7] said: 550 5.1.1
        <noc@kestrel.example>: Recipient address rejected: User unknown (in reply to
        RCPT TO command)

    --4XkLmM6YyQ.1730801527/mx.house.example
    Content-Description: Delivery report
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.house.example
    X-Postfix-Queue-ID: 4XkLmM6YyQ
    X-Postfix-Sender: rfc822; rates@house.example
    Arrival-Date: Thu,  5 Nov 2026 10:12:05 +0000 (UTC)

    Final-Recipient: rfc822; noc@kestrel.example
    Original-Recipient: rfc822;noc@kestrel.example
    Action: failed
    Status: 5.1.1
    Remote-MTA: dns; mx.kestrel.example
    Diagnostic-Code: smtp; 550 5.1.1 <noc@kestrel.example>: Recipient address
        rejected: User unknown

    --4XkLmM6YyQ.1730801527/mx.house.example
    Content-Description: Undelivered Message Headers
    Content-Type: text/rfc822-headers

    Return-Path: <rates@house.example>
    From: Switchboard <rates@house.example>
    To: noc@kestrel.example
    Subject: Our rates
    Message-ID: {id}

    --4XkLmM6YyQ.1730801527/mx.house.example--
"""

POSTFIX_SUCCESS = """
    Return-Path: <>
    From: MAILER-DAEMON@mx.house.example (Mail Delivery System)
    Subject: Successful Mail Delivery Report
    To: rates@house.example
    Auto-Submitted: auto-replied
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status; boundary="b"

    --b
    Content-Type: text/plain

    Your message was successfully delivered to the destination(s) listed below.

    --b
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.house.example
    Original-Envelope-Id: 0123456789abcdef0123456789abcdef@house.example

    Final-Recipient: rfc822; list-7@kestrel.example
    Original-Recipient: rfc822;noc@kestrel.example
    Action: delivered
    Status: 2.0.0
    Diagnostic-Code: smtp; 250 2.0.0 Ok: queued as 7F2C1

    --b--
"""

DELAYED = """
    Return-Path: <>
    From: MAILER-DAEMON@mx.house.example (Mail Delivery System)
    Subject: Delayed Mail (still being retried)
    Auto-Submitted: auto-replied
    MIME-Version: 1.0
    Content-Type: multipart/report; report-type=delivery-status; boundary=b

    --b
    Content-Type: text/plain

    #  THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE.  #
    --b
    Content-Type: message/delivery-status

    Reporting-MTA: dns; mx.house.example

    Final-Recipient: rfc822; noc@kestrel.example
    Action: delayed
    Status: 4.4.1
    Diagnostic-Code: X-Postfix; connect to mx.kestrel.example[192.0.2.7]:25: Connection timed out
    Will-Retry-Until: Tue, 10 Nov 2026 10:12:05 +0000 (UTC)

    --b
    Content-Type: text/rfc822-headers

    Message-ID: {id}
    --b--
"""

EXIM = """
    Return-path: <>
    X-Failed-Recipients: noc@kestrel.example
    Auto-Submitted: auto-replied
    From: Mail Delivery System <Mailer-Daemon@mail.house.example>
    To: rates@house.example
    References: {id}
    Content-Type: multipart/report; report-type=delivery-status; boundary=1730801527-eximdsn-1804289383
    MIME-Version: 1.0
    Subject: Mail delivery failed: returning message to sender
    Message-Id: <E1t8Abc-0001Xy-Zz@mail.house.example>

    --1730801527-eximdsn-1804289383
    Content-type: text/plain; charset=us-ascii

    This message was created automatically by mail delivery software.

    A message that you sent could not be delivered to one or more of its
    recipients. This is a permanent error. The following address(es) failed:

      noc@kestrel.example
        host mx.kestrel.example [192.0.2.7]
        SMTP error from remote mail server after RCPT TO:<noc@kestrel.example>:
        550 No such user here

    --1730801527-eximdsn-1804289383
    Content-type: message/delivery-status

    Reporting-MTA: dns; mail.house.example

    Action: failed
    Final-Recipient: rfc822;noc@kestrel.example
    Status: 5.0.0
    Remote-MTA: dns; mx.kestrel.example
    Diagnostic-Code: smtp; 550 No such user here

    --1730801527-eximdsn-1804289383
    Content-type: message/rfc822

    Return-path: <rates@house.example>
    Message-ID: {id}
    Subject: Our rates

    Find them here.
    --1730801527-eximdsn-1804289383--
"""

EXCHANGE = """
    From: <postmaster@kestrel.example>
    To: <rates@house.example>
    Date: Thu, 5 Nov 2026 10:12:09 +0000
    Content-Type: multipart/report; report-type=delivery-status;
    \tboundary="a1f8c7b2-5d3e-4a0b-9c55-6f0d1c2b3a4e"
    Content-Language: de-DE
    Message-ID: <a1f8c7b2@kestrel.onmicrosoft.example>
    In-Reply-To: {id}
    References: {id}
    Subject: =?utf-8?B?VW56dXN0ZWxsYmFyOiBPdXIgcmF0ZXM=?=
    Auto-Submitted: auto-replied
    MIME-Version: 1.0

    --a1f8c7b2-5d3e-4a0b-9c55-6f0d1c2b3a4e
    Content-Type: multipart/alternative; differences=Content-Type; boundary="inner"

    --inner
    Content-Type: text/plain; charset="utf-8"
    Content-Transfer-Encoding: quoted-printable

    Die Nachricht an noc@kestrel.example konnte nicht zugestellt werden=2E

    --inner
    Content-Type: text/html; charset="utf-8"

    <html><body>Die Nachricht konnte nicht zugestellt werden.</body></html>
    --inner--
    --a1f8c7b2-5d3e-4a0b-9c55-6f0d1c2b3a4e
    Content-Type: message/delivery-status

    Reporting-MTA: dns;AM0PR01.prod.exchangelabs.example
    Received-From-MTA: dns;mx.house.example
    Arrival-Date: Thu, 5 Nov 2026 10:12:07 +0000

    Original-Recipient: rfc822;NOC@kestrel.example
    Final-Recipient: rfc822;noc@kestrel.example
    Action: failed
    Status: 5.1.10
    Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient noc@kestrel.example not found
    X-Display-Name: NOC

    --a1f8c7b2-5d3e-4a0b-9c55-6f0d1c2b3a4e
    Content-Type: message/rfc822

    From: Switchboard <rates@house.example>
    Subject: Our rates
    Message-ID: {id}
    Content-Type: text/plain

    Find them here.
    --a1f8c7b2-5d3e-4a0b-9c55-6f0d1c2b3a4e--
"""

GMAIL = """
    Return-Path: <>
    From: Mail Delivery Subsystem <mailer-daemon@googlemail.example>
    To: rates@house.example
    Auto-Submitted: auto-replied
    Subject: Delivery Status Notification (Failure)
    References: {id}
    In-Reply-To: {id}
    X-Failed-Recipients: noc@kestrel.example
    Message-ID: <672a0c17.050a0220.GMR@mx.google.example>
    MIME-Version: 1.0
    Content-Type: multipart/report; boundary="00000000000049b7d20626"; report-type=delivery-status

    --00000000000049b7d20626
    Content-Type: multipart/related; boundary="00000000000049c9a50626"

    --00000000000049c9a50626
    Content-Type: text/plain; charset="UTF-8"

    ** Address not found **

    Your message wasn't delivered to noc@kestrel.example because the address couldn't be found.

    --00000000000049c9a50626
    Content-Type: image/png; name="icon.png"
    Content-Disposition: attachment; filename="icon.png"
    Content-Transfer-Encoding: base64

    iVBORw0KGgo=
    --00000000000049c9a50626--
    --00000000000049b7d20626
    Content-Type: message/delivery-status

    Reporting-MTA: dns; googlemail.example
    Arrival-Date: Thu, 05 Nov 2026 02:12:06 -0800 (PST)
    X-Original-Message-ID: {id}

    Final-Recipient: rfc822; noc@kestrel.example
    Action: failed
    Status: 5.1.1
    Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
    Last-Attempt-Date: Thu, 05 Nov 2026 02:12:07 -0800 (PST)

    --00000000000049b7d20626
    Content-Type: message/rfc822

    Message-ID: {id}
    Subject: Our rates

    --00000000000049b7d20626--
"""

READ = """
    From: Ann <ann@kestrel.example>
    To: rates@house.example
    Subject: Read: Our rates
    In-Reply-To: {id}
    Content-Type: multipart/report; report-type=disposition-notification; boundary="b"
    MIME-Version: 1.0

    --b
    Content-Type: text/plain; charset="utf-8"

    Your message was read on Thursday, 5 November 2026 11:00.
    --b
    Content-Type: message/disposition-notification

    Reporting-UA: [198.51.100.7]; Microsoft Outlook
    Final-Recipient: RFC822; noc@kestrel.example
    Original-Message-ID: {id}
    Disposition: manual-action/MDN-sent-manually; displayed

    --b--
"""
