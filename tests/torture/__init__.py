"""A switchboard that is hurt under known traffic: its books must be true to the last digit. `make torture`."""
