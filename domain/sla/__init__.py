"""What clients are promised, and whether they get it: measured in their own calls, bucket by bucket of time."""
