"""Tests of batch work."""
