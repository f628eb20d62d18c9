"""Mail that comes back and is no report: what servers say in words alone, and people; {id}: the Message-ID of ours."""

EXIM_OLD = """
    Return-path: <>
    X-Failed-Recipients: noc@kestrel.example
    Auto-Submitted: auto-replied
    From: Mail Delivery System <Mailer-Daemon@mail.house.example>
    To: rates@house.example
    Subject: Mail delivery failed: returning message to sender

    This message was created automatically by mail delivery software.

    A message that you sent could not be delivered to one or more of its
    recipients. This is a permanent error. The following address(es) failed:

      noc@kestrel.example
        SMTP error from remote mail server after RCPT TO:<noc@kestrel.example>:
        host mx.kestrel.example [192.0.2.7]: 550 5.1.1 unknown user

    ------ This is a copy of the message, including all the headers. ------

    Return-path: <rates@house.example>
    From: Switchboard <rates@house.example>
    Message-ID: {id}
    Subject: Our rates

    If this warning message was delayed, no action is required.
"""

EXIM_WARNING = """
    Auto-Submitted: auto-replied
    From: Mail Delivery System <Mailer-Daemon@mail.house.example>
    To: rates@house.example
    Subject: Warning: message 1t8Abc-0001Xy-Zz delayed 24 hours

    This message was created automatically by mail delivery software.
    A message that you sent has not yet been delivered to one or more of its
    recipients after more than 24 hours on the queue on mail.house.example.

    The message identifier is:     1t8Abc-0001Xy-Zz
    Message-ID: {id}

    No action is required on your part. Delivery attempts will continue for
    some time.
"""

QMAIL = """
    Return-Path: <>
    From: MAILER-DAEMON@kestrel.example
    To: rates@house.example
    Subject: failure notice

    Hi. This is the qmail-send program at kestrel.example.
    I'm afraid I wasn't able to deliver your message to the following addresses.
    This is a permanent error; I've given up. Sorry it didn't work out.

    <noc@kestrel.example>:
    Sorry, no mailbox here by that name. (#5.1.1)

    --- Below this line is a copy of the message.

    Return-Path: <rates@house.example>
    Received: (qmail 4711 invoked from network); 5 Nov 2026 10:12:06 -0000
    Message-ID: {id}
    Subject: Our rates
"""

EXCHANGE_OLD = """
    From: System Administrator <postmaster@kestrel.example>
    To: rates@house.example
    Subject: Undeliverable: Our rates
    MIME-Version: 1.0
    X-Mailer: Internet Mail Service (5.5.2653.19)
    X-MS-Embedded-Report:
    Content-Type: multipart/mixed; boundary="----_=_NextPart_000_01C0"

    ------_=_NextPart_000_01C0
    Content-Type: text/plain; charset="iso-8859-1"

    Your message

      To:      noc@kestrel.example
      Subject: Our rates
      Sent:    Thu, 5 Nov 2026 10:12:05 -0000

    did not reach the following recipient(s):

    noc@kestrel.example on Thu, 5 Nov 2026 10:12:07 -0000
        The recipient name is not recognized
        The MTS-ID of the original message is: c=us;a= ;p=kestrel;l=MX-26110510120ZW8
        MSEXCH:IMS:KESTREL:HQ:MX 0 (000C05A6) Unknown Recipient

    ------_=_NextPart_000_01C0
    Content-Type: message/rfc822

    Message-ID: {id}
    From: Switchboard <rates@house.example>
    Subject: Our rates

    Find them here.
    ------_=_NextPart_000_01C0--
"""

SERVER_UNSURE = """
    From: postmaster@kestrel.example
    Subject: Your mail was put into quarantine
    Content-Type: multipart/mixed; boundary=b

    --b
    Content-Type: text/plain

    Somebody will look at it.
    --b
    Content-Type: message/rfc822

    Message-ID: {id}

    --b--
"""

AWAY = """
    From: Ann <ann@kestrel.example>
    Subject: Automatische Antwort: Our rates
    In-Reply-To: {id}
    Auto-Submitted: auto-replied

    I accept no mail until Monday.
"""

HTML = """
    From: =?utf-8?q?J=C3=BCrgen?= <Juergen@kestrel.example>
    Subject: RE: Our rates
    References: <other@house.example> {id}
    MIME-Version: 1.0
    Content-Type: text/html; charset="iso-8859-1"
    Content-Transfer-Encoding: quoted-printable

    <html><head><style>p.MsoNormal {margin:0cm}</style><title>x</title></head><body>
    <div class=3D"WordSection1"><p class=3D"MsoNormal">Preise <b>best=E4tigt</b>.</p><p>Gru=DF</p></div>
    <div id=3D"divRplyFwdMsg"><b>Von:</b> Switchboard<br>abgelehnt</div></body></html>
"""
