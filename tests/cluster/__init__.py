"""Tests of bring-up, batch tasks and the demo."""
