"""What people type, in a notebook or a terminal: one tree of commands, and a module for each kind of them."""
