"""A script, its data and its options become a job."""
