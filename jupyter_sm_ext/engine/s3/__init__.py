"""The S3 of the engine: objects as plain files, and its protocol over them."""
