"""Tests of the benchmarks: what they say and that they check what they measured. Nothing here depends on speed."""
