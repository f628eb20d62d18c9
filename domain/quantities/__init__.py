"""Volumes that were agreed with partners: commitments to be filled and swaps to be kept in a band."""
