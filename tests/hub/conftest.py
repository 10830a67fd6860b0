"""Nothing of the other tests' fixtures is needed here: the hub runs in processes of its own."""
