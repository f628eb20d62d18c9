"""The `switchboard` command, one file per noun."""
