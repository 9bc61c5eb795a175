"""A calculation as a graph: edges that carry numbers, and operations between them.

It calculates nothing itself. What an operation does is done by the node object it was given, for
example a learner's own `MulNode`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

SYMBOLS = {"MulNode": "×", "AddNode": "+", "MaxNode": "max", "BranchNode": "•"}


@dataclass(eq=False)
class Edge:
    """One number of a calculation, on its way from where it is made to where it is used.

    Attributes
    ----------
    value : float, str or None
        What the forward pass brought. A text is drawn as it stands, formulas in ``$…$`` included.
    gradient : float, str or None
        What the backward pass brought: the derivative of the graph's output with respect to this.
    source, target : Operation or None
        The operation that makes the number (None for an input), and the one that uses it (None for
        the output).
    constant : bool
        Whether it is an input for which no gradient is wanted: the labels of a batch, for example.
    """

    name: str
    value: Any = None
    gradient: Any = None
    source: Operation | None = None
    target: Operation | None = None
    constant: bool = False


@dataclass(eq=False)
class Operation:
    """One operation of a calculation: its symbol, its edges, and the node that does the work."""

    symbol: str
    node: Any
    inputs: list[Edge]
    outputs: list[Edge] = field(default_factory=list)

    def forward(self) -> None:
        """Let the node calculate the values of the outputs from those of the inputs."""
        result = self.node.forward(*(edge.value for edge in self.inputs))
        _put("value", self.outputs, result, f"forward of {self.symbol}")

    def backward(self) -> None:
        """Let the node calculate the gradients of the inputs from those of the outputs."""
        gradients = tuple(edge.gradient for edge in self.outputs)
        result = self.node.backward(gradients[0] if len(gradients) == 1 else gradients)
        edges = [edge for edge in self.inputs if not edge.constant]
        # A node may answer for a constant, too: it does not know that it is one.
        if isinstance(result, (tuple, list)) and len(result) == len(self.inputs):
            kept = [r for r, e in zip(result, self.inputs, strict=True) if not e.constant]
            result = tuple(kept)
        _put("gradient", edges, result, f"backward of {self.symbol}")


class Graph:
    """A computational graph, written down in the order of the calculation.

    Examples
    --------
    >>> graph = Graph()
    >>> apple, count = graph.inputs(apple=100, count=2)
    >>> price = graph.apply("×", apple, count, name="price", value=200)
    >>> draw(graph)
    """

    def __init__(self) -> None:
        self.operations: list[Operation] = []
        self.edges: list[Edge] = []

    def inputs(self, **values: Any) -> tuple[Edge, ...]:
        """Add inputs, by name. Underscores in a name are drawn as spaces."""
        edges = tuple(Edge(name.replace("_", " "), value) for name, value in values.items())
        self.edges += edges
        return edges

    def constants(self, **values: Any) -> tuple[Edge, ...]:
        """Add inputs for which no gradient is wanted, labels for example."""
        edges = self.inputs(**values)
        for edge in edges:
            edge.constant = True
        return edges

    def apply(self, node: Any, *inputs: Edge, name: Any, value: Any = None) -> Any:
        """Add an operation.

        Parameters
        ----------
        node : object or str
            An object with `forward` and `backward`; or only a symbol, for a picture whose values
            are given by hand.
        *inputs : Edge
            What goes in, in the order of the arguments of `forward`.
        name : str or tuple of str
            The name of what comes out; several names when several edges come out.
        value : float or str, optional
            The value of every edge that comes out, if it is given by hand.

        Returns
        -------
        Edge or tuple of Edge
            A tuple if `name` is one.
        """
        kind = type(node).__name__
        symbol = node if isinstance(node, str) else SYMBOLS.get(kind, kind.removesuffix("Node"))
        for edge in inputs:
            if edge.target is not None:
                raise ValueError(
                    f'"{edge.name}" already goes into {edge.target.symbol}. A value that is needed '
                    "in two places goes through a BranchNode first."
                )
        operation = Operation(symbol, None if isinstance(node, str) else node, list(inputs))
        for edge in inputs:
            edge.target = operation
        names = (name,) if isinstance(name, str) else tuple(name)
        operation.outputs = [Edge(text, value, source=operation) for text in names]
        self.operations.append(operation)
        self.edges += operation.outputs
        return operation.outputs[0] if isinstance(name, str) else tuple(operation.outputs)

    @property
    def output(self) -> Edge:
        """The edge that leaves the graph."""
        ends = [edge for edge in self.edges if edge.source and not edge.target]
        if len(ends) != 1:
            names = ", ".join(edge.name for edge in ends) or "none"
            raise ValueError(f"a graph has one output, this one has {len(ends)}: {names}")
        return ends[0]

    def forward(self) -> Any:
        """Calculate the whole graph forward and return the value of its output."""
        for operation in self.operations:
            operation.forward()
        return self.output.value

    def backward(self, dout: float = 1) -> dict[str, Any]:
        """Calculate the whole graph backward and return the gradients of the inputs, by name."""
        for edge in self.edges:
            edge.gradient = None
        self.output.gradient = dout
        for operation in reversed(self.operations):
            operation.backward()
        return {
            edge.name: edge.gradient
            for edge in self.edges
            if edge.source is None and not edge.constant
        }


def _put(attribute: str, edges: list[Edge], result: Any, what: str) -> None:
    """Hand the results of a node to the edges they belong to."""
    results = result if isinstance(result, (tuple, list)) else (result,)
    if len(results) != len(edges):
        raise ValueError(f"{what} gave {len(results)} results for {len(edges)} edges: {result!r}")
    for edge, item in zip(edges, results, strict=True):
        setattr(edge, attribute, item)
