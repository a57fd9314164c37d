"""The demonstration: five organisations that share real data on one node."""
