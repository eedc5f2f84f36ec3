"""Python's operators on expressions: each is an operation of the language, or refused.

The operations themselves stand in ``operations`` and ``relations``, which need expressions; they enter ``table`` there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from derivations.errors import ShapeError

if TYPE_CHECKING:
    from derivations.relations import Relation
    from derivations.symbols import Expression


class Operators:
    """The operators of an expression. They win over SymPy's, and keep the author's order."""

    __slots__ = ()
    _op_priority = 20.0
    __array_ufunc__ = None
    table: ClassVar[dict[str, Callable[..., Any]]] = {}

    T = property(lambda self: self.table["transpose"](self))

    def __add__(self, other: Any) -> Expression:
        return self.table["add"](self, other)

    def __radd__(self, other: Any) -> Expression:
        return self.table["add"](other, self)

    def __sub__(self, other: Any) -> Expression:
        return self.table["add"](self, self.table["scale"](-1, other))

    def __rsub__(self, other: Any) -> Expression:
        return self.table["add"](other, -self)

    def __neg__(self) -> Expression:
        return self.table["scale"](-1, self)

    def __pos__(self) -> Operators:
        return self

    def __mul__(self, other: Any) -> Expression:
        return self.table["scale"](self, other)

    def __rmul__(self, other: Any) -> Expression:
        # SymPy hands explicit_matrix @ e over as explicit_matrix * e
        return self.table["matmul" if getattr(other, "is_Matrix", False) else "scale"](other, self)

    def __matmul__(self, other: Any) -> Expression:
        return self.table["matmul"](self, other)

    def __rmatmul__(self, other: Any) -> Expression:
        return self.table["matmul"](other, self)

    def __truediv__(self, other: Any) -> Expression:
        return self.table["divide"](self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return self.table["divide"](other, self)

    def __pow__(self, exponent: Any) -> Expression:
        return self.table["power"](self, exponent)

    def __getitem__(self, key: Any) -> Expression:
        if not isinstance(key, str):
            raise ShapeError(f"{key!r} is not a block: entries are not part of the language, name a block as in W['h']")
        return self.table["block"](self, key)

    def where(self, values: Any) -> Expression:
        """The expression in the graph in which leaves have other values: ``e.where({W_f: V})``."""
        return self.table["where"](self, values)

    # ---- relations: claims, never truth values

    def __le__(self, other: Any) -> Relation:
        return self.table["at most"](self, other)

    def __lt__(self, other: Any) -> Relation:
        return self.table["less"](self, other)

    def __ge__(self, other: Any) -> Relation:
        return self.table["at most"](other, self)

    def __gt__(self, other: Any) -> Relation:
        return self.table["less"](other, self)

    # ---- refused

    def _refuse(self, *args: Any, **kwargs: Any) -> Any:
        raise ShapeError("this operation of SymPy is not part of the language: use d, grad, immediate for derivatives, "
                         "@ for products, power for elementwise powers")

    def _refuse_method(self, *args: Any, **kwargs: Any) -> Any:
        raise ShapeError("SymPy's methods for matrices are not part of the language: write inverse(A), det(A) or "
                         "trace(A), with the functions of that name in derivations")

    diff = _eval_derivative = _entry = as_explicit = conjugate = adjoint = _refuse
    __rpow__ = __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __abs__ = _refuse
    inverse = inv = det = trace = _eval_determinant = _eval_trace = _refuse_method
    I = property(_refuse_method)  # noqa: E741 - SymPy's name for the inverse, refused
