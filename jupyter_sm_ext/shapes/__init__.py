"""Shapes of botocore's model: what a value must be, and the same as JSON Schema and OpenAPI."""
