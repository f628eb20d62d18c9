"""Tests in the shape of the code; live/ needs Ray, peers/ needs real switches and clients."""
