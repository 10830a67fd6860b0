"""Processing jobs: a program that reads from S3 and writes to S3, as a process of this machine."""
