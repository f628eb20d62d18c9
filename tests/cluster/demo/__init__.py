"""Tests of the demo: its data come to the promised figures, and its switches speak to a real socket."""
