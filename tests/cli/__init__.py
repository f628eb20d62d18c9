"""Tests of the `switchboard` command against a desk that answers what the test says."""
