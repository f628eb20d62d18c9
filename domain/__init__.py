"""The trade: values in, values out. No Ray, no I/O, no clock, no randomness; time, ids and draws are arguments."""
