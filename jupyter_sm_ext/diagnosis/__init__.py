"""What is configured, which calls work and what is missing: the doctor."""
