"""What clients are promised."""
