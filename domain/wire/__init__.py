"""Sans-I/O codecs: bytes in, values out; SIP (RFC 3261) and RADIUS (RFC 2865, 2866)."""
