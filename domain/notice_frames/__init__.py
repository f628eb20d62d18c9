"""Frames of the sheets that we send: what a client knows beside its plan, and the rows of a sheet."""
