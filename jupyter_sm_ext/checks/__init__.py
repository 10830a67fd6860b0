"""What would go wrong with a request, asked before it is made: quota, price, permission, capacity."""
