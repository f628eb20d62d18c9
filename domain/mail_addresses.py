"""Whether a text is an address that mail can be sent to."""

from email.headerregistry import Address


def is_mail_address(text: str) -> bool:
    """Tell whether a text is one mail address, as a header of a mail takes it (RFC 5322 §3.4.1): local@domain."""
    if text.count("@") != 1 or text != text.strip() or not text.isprintable():
        return False
    try:
        parsed = Address(addr_spec=text)
    except Exception:  # its parser raises IndexError and AttributeError too, by what it meets
        return False
    return bool(parsed.username and parsed.domain)
