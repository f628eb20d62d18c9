"""Tests of the sans-I/O codecs."""
