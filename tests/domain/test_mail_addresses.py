"""What may be entered as a mail address is what a header of a mail takes."""

from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.mail_addresses import is_mail_address


@pytest.mark.parametrize("text", ["noc@acme.example", "a.b+c@x.y", "noc@[10.0.0.1]", '"a b"@c.d'])
def test_addresses(text: str) -> None:
    assert is_mail_address(text)


@pytest.mark.parametrize(
    "text", ["", "a@", "@b", "a@[", "noc@[10.0.0.1", "a@b@c", "a b@c.d", "a@b ", "<a@b>", "a@b>", "a\0@b", "a,b@c"]
)
def test_no_addresses(text: str) -> None:
    assert not is_mail_address(text)


@given(st.text(alphabet='ab@.[]<>()",;:\\ \0ü-', max_size=12))
def test_what_is_an_address_can_be_written_into_a_mail(text: str) -> None:
    if is_mail_address(text):
        message = EmailMessage()
        message["To"] = Address(addr_spec=text)
        assert message.as_bytes()
