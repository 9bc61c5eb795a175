"""A run over a class: the queue, what spreads it over processes and machines, resuming."""
