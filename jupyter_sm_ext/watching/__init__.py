"""Looking at jobs and Studio: one poller for one thing, what was seen of it, and how that is told."""
