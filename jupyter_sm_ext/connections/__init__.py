"""Which SageMaker: the choice of a connection, its sessions and keys, and the engine as its clients find it."""
