"""``derivations declare``: a first sidecar, with which a document is read no worse."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from standin import Checker, Write, checker, derivations, write
from test_commands import loaded

from derivations.latex.reader.account import Kind
from derivations.latex.reader.declaring import Attempt, propose
from derivations.latex.reader.document import read

__all__ = ["checker", "write"]  # fixtures

BARE = r"""# A cell

$$ f_t = \sigma(W_f \cdot [h_{t-1}, x_t] + b_f) $$
$$ i_t = \sigma(W_i \cdot [h_{t-1}, x_t] + b_i) $$
$$ \tilde c_t = \tanh(W_c \cdot [h_{t-1}, x_t] + b_c) $$
$$ c_t = f_t \odot c_{t-1} + i_t \odot \tilde c_t $$
$$ h_t = \eta \tanh(c_t) $$
$$ \frac{\partial c_t}{\partial f_t} = \mathrm{diag}(c_{t-1}) $$
"""
PARTLY = r"""
$W \in \mathbb{R}^{k \times d}$
$$ a = W x + b $$
$$ s = \phi(\mathbf{u}^\top a) $$
$$ z' = A^\top a - \alpha a $$
"""
TWICE = r"""# One

$x \in \mathbb{R}^n$
$$ h = \tanh(x) $$

# Two

$$ h = \sigma(x) $$
"""


def declared(text: str) -> list[str]:
    found: list[str] = tomllib.loads(text)["declare"]
    return found


def unread(file: str) -> int:
    return len(read(file).of(Kind.NOT_READ))


def test_shapes_are_guessed_from_formulas(write: Write) -> None:
    write("cell.md", BARE)
    before = unread("cell.md")
    result = derivations("declare", "cell.md")
    assert result.exit_code == 0
    assert result.stdout == f"cell.derivations.toml: 8 declared, 0 in doubt; equations not read: 0, before {before}\n"
    text = Path("cell.derivations.toml").read_text(encoding="utf-8")
    assert declared(text) == ["W_f : n x (n+m)", "x_t : m", "b_f : n", "W_i : n x (n+m)", "b_i : n",
                              "W_c : n x (n+m)", "b_c : n", r"\eta : scalar"]
    assert "'x_t : m',  # lines 3, 4, 5" in text
    assert "'t : step',  # from its use" in text
    assert before == 6
    assert unread("cell.md") == 0


def test_sizes_of_the_document_are_kept(write: Write) -> None:
    write("net.md", PARTLY)
    result = derivations("declare", "net.md", "-o", "-")
    found = declared(result.stdout)
    assert found[:3] == ["x : d", "b : k", r"\mathbf{u} : k"]
    assert r"\alpha : scalar" in found
    assert next(entry for entry in found if entry.startswith("A : ")).startswith("A : k x ")
    assert not Path("net.derivations.toml").exists()
    Path("net.derivations.toml").write_text(result.stdout, encoding="utf-8")
    assert not read("net.md").problems


def test_what_is_asked_is_told(write: Write) -> None:
    write("net.md", PARTLY + "$$ q = \\nowhere x $$\n$$ v = \\ell(x) $$\n")
    text = derivations("declare", "net.md", "-o", "-").stdout
    assert "# Not read:\n# line 6, column " in text or "# line 6, column 8: unknown command \\nowhere" in text
    assert "function" in text


def test_a_scope_is_suggested_where_a_name_is_defined_twice(write: Write) -> None:
    write("twice.md", TWICE)
    text = derivations("declare", "twice.md", "-o", "-").stdout
    assert "# scopes = ['Two']  # h (lines 4 and 8)" in text
    assert tomllib.loads(text) == {"declare": []}


def test_a_guess_with_which_less_is_read_stays_in_a_comment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every guess is tried: here reading is worse with one of them, as the test says."""
    write("cell.md", BARE)
    found = Attempt.worse

    def worse(self: Attempt, before: Attempt) -> bool:
        names = [str(declaration.names) for section, _ in self.read for declaration in section.directions.declarations]
        return any("eta" in name for name in names) or found(self, before)

    monkeypatch.setattr(Attempt, "worse", worse)
    proposal = propose(Path("cell.md"))
    assert [entry for entry, _ in proposal.doubtful] == [r"\eta : scalar"]
    assert r"\eta : scalar" not in [entry for entry, _ in proposal.declared]


def test_names_that_contradict_a_formula_are_in_doubt(write: Write) -> None:
    write("odd.md", "$A \\in \\mathbb{R}^{n \\times m}$, $u \\in \\mathbb{R}^n$, $v \\in \\mathbb{R}^m$\n\n"
                    "$$ p = A w $$\n\n$$ q = A^\\top w $$\n\n$$ r = u \\odot v $$\n")
    proposal = propose(Path("odd.md"))
    assert [entry.partition(" : ")[0] for entry, _ in proposal.doubtful] in (["w"], [])
    assert proposal.unread[1] <= proposal.unread[0]


def test_nothing_is_written_over_without_force(write: Write) -> None:
    write("cell.md", BARE)
    own = write("cell.derivations.toml", "declare = ['x_t : q']\n")
    result = derivations("declare", "cell.md")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--force writes over it" in result.stderr
    assert own.read_text(encoding="utf-8") == "declare = ['x_t : q']\n"
    text = derivations("declare", "cell.md", "-o", "-").stdout
    assert "W_f : n x (n+q)" in declared(text)  # what is declared there counts
    assert derivations("declare", "cell.md", "--force").exit_code == 0
    assert own.read_text(encoding="utf-8") == text


def test_reading_is_no_worse_and_check_takes_the_file(checker: Checker, write: Write) -> None:
    for name, text in (("cell.md", BARE), ("net.md", PARTLY), ("twice.md", TWICE)):
        write(name, text)
        before = {account.id: account.kind for account in read(name).accounts}
        assert derivations("declare", name).exit_code == 0
        document = read(name)
        assert document.problems == ()
        after = {account.id: account.kind for account in document.accounts}
        assert all(kind in (Kind.NOT_READ, after[id]) for id, kind in before.items())
    assert derivations("check", "cell.md").exit_code == 0
    assert [id for id, _ in checker.asked] == ["cell.line-8"]


@pytest.mark.parametrize(("words", "message"), [
    (["none.md"], "cannot be read"), (["."], "is a folder"), (["a.txt"], "'.txt' are not read"),
    (["cell.md", "-o", "no/where.toml"], "No such file"), ([], "Missing argument"),
])
def test_what_declare_refuses(write: Write, words: list[str], message: str) -> None:
    write("cell.md", BARE)
    write("a.txt", "")
    result = derivations("declare", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("text", ["", "words", "$$ {{ $$", "$$ a' = \\text{it's \"x\"} b'' $$", "$$ \x7f\\x = 1 $$",
                                  "$$ α_β = 2 γ $$", "$$ x_{'} = y $$"])
def test_a_sidecar_is_toml_whatever_the_document(write: Write, text: str) -> None:
    write("any.md", text)
    result = derivations("declare", "any.md", "-o", "-")
    assert result.exit_code == 0, result.output
    assert isinstance(declared(result.stdout), list)


def test_declare_needs_no_jax(write: Write) -> None:
    write("cell.md", BARE)
    assert loaded("declare", "--help") == set()
    assert "jax" not in loaded("declare", "cell.md", "-o", "-")
