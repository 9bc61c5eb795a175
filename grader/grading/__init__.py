"""A run over a class.

The queue, what spreads it over processes and machines, going on after a stop.
"""
