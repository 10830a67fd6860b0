"""Jobs from Python: how they are started, and the handles that come back."""
