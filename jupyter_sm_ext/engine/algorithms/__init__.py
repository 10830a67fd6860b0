"""Algorithms: an image with what it takes and tells, by whose name training and tuning jobs are made."""
