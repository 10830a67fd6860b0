"""Search over training and tuning jobs: what a property is, what an expression means, and where values are kept."""
