"""One module per version of the catalog's schema."""
