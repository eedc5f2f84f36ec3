"""Reading mathematics in LaTeX: every construct, what is refused and where, writing back, and texts of every kind."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

import pytest
import reader_properties
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from reader_fuzz import EXTREMES, PIECES, composed, mutated, shipped, tally, texts
from reader_properties import faults, visible
from reader_table import ALIKE, APART, READ, REFUSED
from reader_trees import shown, statements

from derivations.latex.reader import arithmetic, atoms, syntax
from derivations.latex.reader.passages import Macro
from derivations.latex.reader.syntax import parse
from derivations.latex.reader.tree import Big, Letter, NotRead, Product, Scripted, Statements, Sum, Tree
from derivations.latex.reader.write import write

SLOWLY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
ROOMS = """arithmetic atoms big blocks characters context expansion fences folding fonts rows scripts syntax tokens tree
    unicode vocabulary words write"""


# ---- what is read as what


@pytest.mark.parametrize(("text", "tree"), READ, ids=[text for text, _ in READ])
def test_read(text: str, tree: str) -> None:
    assert shown(parse(text)) == tree
    assert faults(text, parse, write)[1] == []


@pytest.mark.parametrize(("text", "reason", "at"), REFUSED, ids=[text[:40] for text, *_ in REFUSED])
def test_refused(text: str, reason: str, at: int) -> None:
    with pytest.raises(NotRead) as refused:
        parse(text)
    assert reason in refused.value.reason
    assert refused.value.at == at


@pytest.mark.parametrize("spellings", ALIKE, ids=[spellings[0] for spellings in ALIKE])
def test_spellings_of_the_same_read_alike(spellings: tuple[str, ...]) -> None:
    first, *others = map(parse, spellings)
    for text, other in zip(spellings[1:], others, strict=True):
        assert other == first, f"{text}: {shown(other)}"


@pytest.mark.parametrize(("left", "right"), APART)
def test_what_differs_reads_apart(left: str, right: str) -> None:
    assert parse(left) != parse(right)


def test_nothing_is_no_statement() -> None:
    assert parse("") == parse(" % all comment") == parse(r"\, \label{x} {}") == Statements(())


def test_every_part_knows_its_place() -> None:
    text = r"a + \frac{\partial L}{\partial \mathbf{W}_t} % x" + "\n b'"
    [found] = parse(text).items
    assert isinstance(found, Sum)
    places = [text[term.start:term.end] for term in found.terms]
    assert places == ["a", r"\frac{\partial L}{\partial \mathbf{W}_t} % x" + "\n b'"]
    fraction, prime = found.terms[1].parts
    assert (text[fraction.start:fraction.end], text[prime.start:prime.end]) == (
        r"\frac{\partial L}{\partial \mathbf{W}_t}", "b'")


# ---- macros


MACROS = {
    "had": Macro(0, r"\odot"),
    "W": Macro(1, r"\mathbf{W}_{\mathrm{#1}}"),
    "norm": Macro(2, r"\lVert #2 \rVert_{#1}", "2"),
    "jac": Macro(2, r"\frac{\partial #1}{\partial #2}"),
    "diagop": Macro(0, r"\operatorname{diag}"),
    "twice": Macro(1, "#1 + #1"),
    "le": Macro(0, r"\geq"),
    "a": Macro(0, r"\b"), "b": Macro(0, r"\c x"), "c": Macro(0, r"\a"),
    "many": Macro(1, "#1#1#1#1#1#1#1#1#1#1"),
    "broken": Macro(0, r"\frac{a"),
    "asks": Macro(1, "#2"),
}


@pytest.mark.parametrize(("text", "plain"), [
    (r"a \had b", r"a \odot b"),
    (r"\W{rec} + \W x", r"\mathbf{W}_{\mathrm{rec}} + \mathbf{W}_{\mathrm{x}}"),
    (r"\norm{x} + \norm[F]{y} + \norm[{[a]}]z", r"\lVert x \rVert_2 + \lVert y \rVert_F + \lVert z \rVert_{[a]}"),
    (r"\diagop(\jac{\mathbf{c}_t}{x})", r"\operatorname{diag}(\frac{\partial \mathbf{c}_t}{\partial x})"),
    (r"\twice{\twice{x}}", "x + x + x + x"),
    (r"a \le b", r"a \geq b"),  # the document's own meaning counts
    (r"x_{\W{h}}", r"x_{\mathbf{W}_{\mathrm{h}}}"),
    (r"\text{for \W{a}} x", r"\text{for \mathbf{W}_{\mathrm{a}}} x"),
])
def test_macros(text: str, plain: str) -> None:
    assert parse(text, MACROS) == parse(plain)


@pytest.mark.parametrize(("text", "reason", "at"), [
    (r"x + \a", r"a macro that calls itself: \a → \b → \c → \a", 4),
    (r"x + \W", r"\W takes 1 arguments, and 0 came", 4),
    (r"{\jac{a}} b", r"\jac takes 2 arguments, and 1 came", 1),
    (r"x + \norm[2", "is not closed", 9),
    (r"x + \many{\many{\many{\many{\many{x}}}}}", "become more than 50000 tokens", 28),
    (r"x + \broken", "{ is not closed", 4),
    (r"x + \asks{y}", r"\asks uses #2, and takes 1 arguments", 4),
    (r"x + \W{a}_2", "two subscripts", 9),
    (r"x + \jac{a}{+}", "} where a letter", 4),
])
def test_macros_that_cannot_be_read(text: str, reason: str, at: int) -> None:
    with pytest.raises(NotRead) as refused:
        parse(text, MACROS)
    assert reason in refused.value.reason
    assert refused.value.at == at


def test_what_a_macro_makes_stands_where_it_was_called() -> None:
    text = r"x \had \W{y} z"
    [product] = parse(text, MACROS).items
    assert [(part.start, part.end) for part in product.parts] == [(0, 1), (7, 9), (13, 14)]
    [_, weights, _] = product.parts
    assert isinstance(weights, Scripted)
    assert weights.sub is not None
    assert text[weights.sub.start:weights.sub.end].startswith(r"\W")


# ---- what we print ourselves


def test_all_that_is_shipped_is_read_and_written_back() -> None:
    formulas = shipped()
    assert len(formulas) > 150
    for formula in formulas:
        tree, wrong = faults(formula, parse, write)
        assert (tree is not None, wrong) == (True, []), formula


# ---- random trees and texts


@SLOWLY
@given(statements())
def test_what_is_written_is_read_as_the_same(tree: Statements) -> None:
    assert parse(write(tree)) == tree, shown(tree)


@SLOWLY
@given(st.lists(st.sampled_from(PIECES), max_size=20), st.sampled_from(("", " ")))
def test_random_pieces(pieces: list[str], between: str) -> None:
    assert faults(between.join(pieces), parse, write)[1] == []


@SLOWLY
@given(st.text(max_size=40))
def test_random_characters(text: str) -> None:
    assert faults(text, parse, write)[1] == []


def test_random_and_changed_texts() -> None:
    found = tally(texts(1, shipped()), 3000)
    assert found.wrong == []
    assert found.tried == 3000
    assert found.read > 600


@pytest.mark.parametrize("text", EXTREMES, ids=[text[:8].strip() or repr(text[0]) for text in EXTREMES])
def test_much_of_the_same_ends_soon(text: str) -> None:
    assert faults(text, parse, write)[1] == []


def test_texts_are_the_same_for_the_same_seed() -> None:
    one, two = (texts(3, ["a = b"]) for _ in range(2))
    assert [next(one) for _ in range(40)] == [next(two) for _ in range(40)]
    assert composed(Random(1)) == composed(Random(1))
    assert mutated("a + b", Random(1), ["c"]) == mutated("a + b", Random(1), ["c"])


# ---- the properties can fail


def dropping(change: Any) -> Any:
    """A reader that gives another tree for some trees, wherever they stand."""

    def changed(tree: Tree) -> Tree:
        fields = {name: tuple(map(changed, value)) if isinstance(value, tuple) and value and isinstance(value[0], Tree)
                  else changed(value) if isinstance(value, Tree) else value
                  for name, value in vars(tree).items()}
        return change(replace(tree, **fields))

    return lambda text: changed(parse(text))


WRONG_READERS = {
    "primes": lambda tree: replace(tree, primes=0) if isinstance(tree, Scripted) and (tree.sub or tree.sup) else tree,
    "subscripts": lambda tree: replace(tree, sub=None) if isinstance(tree, Scripted) else tree,
    "last factor": lambda tree: replace(tree, factors=tree.factors[:-1], signs=tree.signs[:-1]) if isinstance(
        tree, Product) and len(tree.factors) > 2 else tree,
    "minus": lambda tree: replace(tree, signs=tuple("+" if x == "-" else x for x in tree.signs)) if isinstance(
        tree, Sum) else tree,
    "order": lambda tree: replace(tree, factors=tree.factors[::-1], signs=tree.signs[::-1]) if isinstance(
        tree, Product) else tree,
    "bound": lambda tree: replace(tree, above=None) if isinstance(tree, Big) else tree,
    "accents": lambda tree: replace(tree, accents=()) if isinstance(tree, Letter) else tree,
    "odot": lambda tree: replace(tree, signs=tuple("cdot" if x == "odot" else x for x in tree.signs)) if isinstance(
        tree, Product) else tree,
}


@pytest.mark.parametrize("what", WRONG_READERS)
def test_a_reader_that_loses_something_is_found_out(what: str) -> None:
    wrong = dropping(WRONG_READERS[what])
    found = [words for text, _ in READ for words in faults(text, wrong, write)[1]]
    assert found, what
    assert tally(texts(1, shipped()), 2000, wrong, write).wrong


def test_a_grammar_that_drops_primes_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    right = arithmetic.scripts
    monkeypatch.setattr(arithmetic, "scripts", lambda p, base, begun: (
        replace(found, primes=0) if isinstance(found := right(p, base, begun), Scripted) else found))
    assert shown(parse(r"\sigma'(z)")) != dict(READ)[r"\sigma'(z)"]
    assert any("lost {\"'\": 1}" in words for words in faults(r"\sigma'(z)", parse, write)[1])
    assert tally(texts(1, shipped()), 500).wrong


def test_a_grammar_that_reads_a_sign_as_a_name_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(atoms.ATOMS, r"\odot", lambda p: (p.step(), Letter("odot", end=p.last))[1])
    monkeypatch.setattr(arithmetic, "TIMES", {k: v for k, v in arithmetic.TIMES.items() if k != r"\odot"})
    assert shown(parse(r"a \odot b")) == "Product[(a odot b) (_ _)]"
    assert tally(texts(1, shipped()), 500).wrong


@pytest.mark.parametrize("wrong", [
    lambda tree: write(tree).replace("'", ""),
    lambda tree: write(tree).replace("_", "^"),
    lambda tree: write(tree).replace(r"\mathbf", r"\mathrm"),
    lambda tree: write(tree).replace(" - ", " + "),
    lambda tree: write(tree).replace(r"\odot", r"\cdot"),
    lambda tree: write(tree) + " +",
    lambda tree: write(tree).replace(r"\quad", " "),
])
def test_writing_that_is_wrong_is_found_out(wrong: Any) -> None:
    assert tally(texts(1, shipped()), 2000, parse, wrong).wrong


def test_a_crash_and_a_wrong_place_are_found_out() -> None:
    def crashing(text: str) -> Tree:
        raise RecursionError

    def misplaced(text: str) -> Tree:
        return replace(parse(text), end=0)

    def far(text: str) -> Tree:
        raise NotRead("no", 99)

    assert faults("a", crashing, write)[1] == ["RecursionError: "]
    assert "is outside" in faults("a", misplaced, write)[1][0]
    assert "not read at 99" in faults("a", far, write)[1][0]


def test_what_takes_long_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_properties, "LONGEST", 0.0)
    assert faults("a", parse, write)[1] == ["0.0 s"]


def test_signs_are_counted_without_the_grammar() -> None:
    assert visible(r"\sigma'(z) \le \|x\|^{\prime} % y") == visible(r"σ′(z) ≤ ||x||'")
    assert visible("a - b") != visible("a b") != visible("a b'")


# ---- how it is made


def test_reading_takes_less_than_a_millisecond() -> None:
    """In CPU, the best of five, for the shipped formulas on average."""
    formulas = shipped()

    def took() -> float:
        started = process_time()
        for formula in formulas:
            parse(formula)
        return (process_time() - started) / len(formulas)

    assert min(took() for _ in range(5)) < 1e-3


def test_no_regular_expression_decides_mathematics() -> None:
    folder = Path(syntax.__file__).parent
    for room in ROOMS.split():
        source = ast.parse((folder / f"{room}.py").read_text())
        names = {alias.name for node in ast.walk(source) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module or "" for node in ast.walk(source) if isinstance(node, ast.ImportFrom)}
        assert not {"re", "regex", "sympy", "jax"} & {name.partition(".")[0] for name in names}, room
