"""Tests of the trade."""
