"""What failures mean, told from the service's own words. Errors are made of them, so that they know nobody."""
