"""Bring-up and supervision, Ray tasks for all that is not live, synthetic switches and load."""
