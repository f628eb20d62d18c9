"""The lists of the console, one kind of row each: what to ask for, how to write it, where Enter leads."""
