"""The Jupyter server extension: SageMaker's verbs, watches and pictures as authenticated REST routes."""
