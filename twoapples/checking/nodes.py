"""What exercises about graphs are handed: nodes that know their parents, and a context.

A trace holds no objects. It tells a graph as plain data, and the learner's side builds the nodes
from that; the same data tells `twoapples.checking.compare` which orders of the nodes are right.
"""

from __future__ import annotations

from typing import Any

from twoapples.checking.values import ValueFormatError

MAX_NODES = 100_000


class GraphNode(str):
    """A node of a graph: a text, its name, that knows the nodes it was made from.

    Being a text, a node is shown and compared by its name; names are unique within a graph.
    `parents` is a tuple of nodes, empty for an input.
    """

    parents: tuple[GraphNode, ...]

    def __new__(cls, name: str, parents: Any = ()) -> GraphNode:
        """Make a text that carries its parents."""
        node = super().__new__(cls, name)
        node.parents = tuple(parents)
        return node


class Context:
    """The memory of one use of a function: filled by `forward`, read by `backward`.

    Attributes
    ----------
    saved_tensors : tuple
        What was saved last, in the order in which it was given; empty before that.
    """

    def __init__(self) -> None:
        self.saved_tensors: tuple[Any, ...] = ()

    def save_for_backward(self, *values: Any) -> None:
        """Keep `values` for `backward`, in place of what was kept before."""
        self.saved_tensors = values


def read_edges(data: Any) -> dict[str, tuple[str, ...]]:
    """Read a graph that is told as plain data.

    Parameters
    ----------
    data : list or dict
        ``[[name, [parents, …]], …]``, parents before their children; the last node is the root.
        Or ``{"chain": n, "first": k}``: n nodes named k, k + 1, …, each the only parent of the
        next. That keeps deep graphs short.

    Returns
    -------
    dict of str to tuple of str
        For each node the names of its parents, in the order of the data.

    Raises
    ------
    ValueFormatError
        If `data` tells no graph.
    """
    if isinstance(data, dict):
        count, first = data.get("chain"), data.get("first", 0)
        if set(data) - {"chain", "first"} or type(count) is not int or type(first) is not int:
            raise ValueFormatError("a chain of nodes has a length and a first number")
        if not 0 < count <= MAX_NODES:
            raise ValueFormatError("a chain of nodes is empty or too long")
        names = [str(first + i) for i in range(count)]
        return {name: tuple(names[max(0, i - 1) : i]) for i, name in enumerate(names)}
    if not (isinstance(data, list) and 0 < len(data) <= MAX_NODES):
        raise ValueFormatError("a graph is a list of nodes, and has one at least")
    edges: dict[str, tuple[str, ...]] = {}
    for item in data:
        if not (isinstance(item, (list, tuple)) and len(item) == 2):
            raise ValueFormatError("a node has a name and a list of parents")
        name, parents = item
        if not isinstance(name, str) or name in edges:
            raise ValueFormatError("the names of nodes are texts, each of them once")
        if not (isinstance(parents, (list, tuple)) and all(parent in edges for parent in parents)):
            raise ValueFormatError("a node's parents come before it")
        edges[name] = tuple(parents)
    return edges


def build_nodes(data: Any) -> GraphNode:
    """Build the graph that `data` tells (see `read_edges`) and return its root, the last node."""
    nodes: dict[str, GraphNode] = {}
    for name, parents in read_edges(data).items():
        nodes[name] = GraphNode(name, [nodes[parent] for parent in parents])
    return nodes[next(reversed(nodes))]


def is_topological_order(value: Any, data: Any) -> bool:
    """Whether a list of names has every node that the root reaches once, parents first."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(name, str) for name in value):
        return False
    edges = read_edges(data)
    root = next(reversed(edges))
    reached = {root}
    for name in reversed(edges):  # children before their parents
        if name in reached:
            reached.update(edges[name])
    place = {str(name): position for position, name in enumerate(value)}
    if len(place) != len(value) or set(place) != reached:
        return False
    return all(place[parent] < place[name] for name in reached for parent in edges[name])


def describe_nodes(data: Any) -> str:
    """Say in a few words which graph `data` tells."""
    edges = read_edges(data)
    if len(edges) > 8:
        return f"the last of {len(edges)} nodes"
    *_, (root, _) = edges.items()
    made = [f"{name} from {', '.join(parents)}" for name, parents in edges.items() if parents]
    return f"{root} ({'; '.join(made)})" if made else f"{root} (no parents)"
