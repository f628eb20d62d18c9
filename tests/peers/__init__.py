"""Programs of other people against a running switchboard."""
