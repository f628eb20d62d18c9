"""An operator's formulas: what routes are ordered and filtered by, read, checked and made ready for each call.

`words` cuts the text, `reading` makes a tree of it, `checking` says what it means and whether it may, `program` runs
it; `figures` are the names that a formula may use. A formula is text that a person wrote: whatever is wrong with it is
said with the column where it stands, and nothing of it is ever run as anything but arithmetic.
"""
