"""The local engine: a small, real SageMaker on this machine. It runs as a process of its own: ``python -m`` this."""
