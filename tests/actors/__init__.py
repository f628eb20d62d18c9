"""Tests of what is alive: shards, writers, nodes."""
