"""Files and targets: what is loaded, how often, what a target selects, and what a file that does not import says."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

import pytest
from standin import BAD, GOOD, HEAD, Write, write

from derivations.errors import DerivationError
from numeric.collect import SHIPPED, CollectError, Selection, models_in_file, select, shipped

__all__ = ["write"]  # a fixture

def ids(selection: Selection) -> list[str]:
    return [claim.id for claim in selection.claims]


# ---- loading


def test_a_file_gives_its_own_models_and_not_those_it_imports(write: Write) -> None:
    write("neighbour.py", name="neighbour")
    imports = "from derivations.recurrent import lstm\nfrom neighbour import m as borrowed\n"
    write("both.py", imports + GOOD + "again = m\n")
    assert [model.name for model in models_in_file("both.py")] == ["net"]
    assert [model.name for model in models_in_file("neighbour.py")] == ["neighbour"]


def test_a_file_is_run_once_whoever_asks_for_it(write: Write) -> None:
    write("counted.py", GOOD + "open('runs', 'a').write('.')\n", name="counted")
    write("importer.py", "from counted import m as borrowed\n" + GOOD)
    models_in_file("importer.py")
    [first], [second] = models_in_file("counted.py"), models_in_file(Path("counted.py").absolute())
    assert first is second
    assert Path("runs").read_text(encoding="utf-8") == "."


def test_a_file_of_the_package_has_its_own_name() -> None:
    module = import_module(f"{SHIPPED}.lstm")
    assert module.__file__
    [model] = models_in_file(module.__file__)
    assert model is module.lstm
    assert model.module == f"{SHIPPED}.lstm"


def test_two_files_of_one_stem_are_two_modules(write: Write) -> None:
    write("a/cell.py", name="first")
    write("b/cell.py", name="second")
    first, second = ([models_in_file(f"{folder}/cell.py") for _ in range(2)] for folder in "ab")
    assert (first[0][0].name, second[0][0].name) == ("first", "second")
    assert first[0][0] is first[1][0]
    assert second[0][0] is second[1][0]


def test_a_file_that_failed_fails_again_under_any_name(write: Write) -> None:
    write("a/cell.py")
    write("b/cell.py", "1 / 0\n")
    models_in_file("a/cell.py")
    for _ in range(2):
        with pytest.raises(CollectError, match="ZeroDivisionError"):
            models_in_file("b/cell.py")


def test_a_file_named_as_a_standard_module_does_not_replace_it(write: Write) -> None:
    write("statistics.py")
    models_in_file("statistics.py")
    import statistics

    assert hasattr(statistics, "median")


def test_a_file_in_a_package_finds_its_package(write: Write) -> None:
    write("house/__init__.py", "")
    write("house/letters.py", "WORD = 'net'\n")
    write("house/page.py", "from .letters import WORD\n" + GOOD)
    [model] = models_in_file("house/page.py")
    assert model.module == "house.page"


def test_loading_leaves_the_path_and_failures_leave_no_module(write: Write) -> None:
    path = write("broken.py", "1 / 0\n")
    before, modules = list(sys.path), set(sys.modules)
    for _ in range(2):
        with pytest.raises(CollectError, match="ZeroDivisionError"):
            models_in_file(path)
    assert sys.path == before
    assert set(sys.modules) == modules


@pytest.mark.parametrize("case", BAD)
def test_a_file_that_does_not_import_says_where_and_why(write: Write, case: str) -> None:
    text, line, words = BAD[case]
    path = write("bad.py", HEAD + text + "\n")
    with pytest.raises(CollectError) as raised:
        models_in_file(path)
    assert str(raised.value).startswith(f"bad.py:{line}: ")
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_fault_in_a_neighbour_is_told_where_it_is(write: Write) -> None:
    write("faulty.py", HEAD + "V @ x\n")
    write("importer.py", "\nfrom faulty import m\n")
    with pytest.raises(CollectError, match=r"^faulty\.py:7: "):
        models_in_file("importer.py")


def test_a_fault_in_a_package_is_told_where_it_is(write: Write) -> None:
    write("hall/__init__.py", "from hall.page import m\n")
    write("hall/page.py", HEAD + "m.parameter('W', n)\n")
    with pytest.raises(CollectError, match=r"^hall/page\.py:7: "):
        models_in_file("hall/page.py")


def test_what_is_no_python_file(write: Write) -> None:
    write("notes.txt", "")
    for name, words in (("missing.py", "no such file"), ("notes.txt", "not a Python file"), (".", "a folder")):
        with pytest.raises(CollectError, match=words):
            models_in_file(name)


def test_bytes_that_are_no_text(write: Write) -> None:
    write("bytes.py").write_bytes(b"x = '\xff'\n")
    with pytest.raises(CollectError, match=r"^bytes\.py.*SyntaxError"):
        models_in_file("bytes.py")


def test_one_name_for_two_models_is_refused(write: Write) -> None:
    write("twice.py", GOOD + 'again = Model("net")\n')
    write("a/first.py")
    write("a/second.py")
    write("a/rnn.py", name="rnn")
    with pytest.raises(CollectError, match=r"a second model is called 'net'"):
        models_in_file("twice.py")
    with pytest.raises(CollectError, match=r"^a/second\.py: a second model .* 'net', the first is in a/first\.py"):
        select(["a/first.py", "a/second.py"])
    with pytest.raises(CollectError, match=r"a/rnn\.py: a second model is called 'rnn'"):
        select(["rnn.jacobian", "a/rnn.py"])
    assert ids(select(["a/rnn.py"])) == ["rnn.same", "rnn.other"]  # the shipped one was not asked for


# ---- selecting


def test_everything_shipped_is_the_default() -> None:
    selection = select()
    assert {claim.id for claim in selection.claims} == {claim.id for model in shipped() for claim in model.claims}
    assert {"rnn.state", "lstm.forget-gate"} <= {definition.id for definition in selection.definitions}


def test_an_id_selects_itself_alone() -> None:
    assert ids(select(["lstm.chain"])) == ["lstm.chain"]
    assert [d.id for d in select(["rnn.state"]).definitions] == ["rnn.state"]
    assert ids(select(["rnn.state"])) == []


def test_families_and_patterns() -> None:
    family = ids(select(["lstm"]))
    assert len(family) > 10
    assert all(id.startswith("lstm.") for id in family)
    assert ids(select(["lstm.*"])) == family
    assert ids(select(["*.state-product.re*"])) == ["rnn.state-product.reversed"]
    assert ids(select(["rnn.jacobia?"])) == ["rnn.jacobian"]


def test_what_is_selected_twice_is_checked_once() -> None:
    assert ids(select(["rnn.jacobian", "rnn.jacobian", "rnn.jacobia?"])) == ["rnn.jacobian"]


def test_the_order_is_that_of_the_targets() -> None:
    assert ids(select(["rnn.jacobian", "lstm.B", "rnn.concat"])) == ["rnn.jacobian", "lstm.B", "rnn.concat"]


def test_files_and_ids_in_files(write: Write) -> None:
    write("mine.py")
    write("empty.py", "x = 1\n")
    assert ids(select(["mine.py"])) == ids(select(["./mine.py"])) == ["net.same", "net.other"]
    assert ids(select(["mine.py::net.other"])) == ids(select(["mine.py::*.o*"])) == ["net.other"]
    assert ids(select(["mine.py::net"])) == ["net.same", "net.other"]
    assert select(["empty.py", "mine.py"]).empty == ("empty.py",)


def test_a_file_alone_does_not_load_what_is_shipped(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    write("mine.py")
    monkeypatch.setattr("numeric.collect.shipped", lambda: pytest.fail("loaded"))
    assert ids(select(["mine.py"])) == ["net.same", "net.other"]


@pytest.mark.parametrize(("target", "words"), [
    ("rnn.jacobien", "did you mean rnn.jacobian"),
    ("lsmt", "did you mean lstm"),
    ("lstm.terms", "did you mean lstm.terms.unsliced"),
    ("state-gradient", "did you mean lstm.state-gradient"),
    ("zzzz", "'derivations list' shows"),
    ("", "no claim or family is called ''"),
    ("gru.*", "the pattern 'gru.*' selects nothing"),
    ("nowhere/file.py", "nowhere/file.py: no such file"),
])
def test_targets_that_select_nothing(target: str, words: str) -> None:
    with pytest.raises(CollectError) as raised:
        select([target])
    assert words in str(raised.value)
    assert isinstance(raised.value, DerivationError)


def test_a_file_without_its_folder_is_explained(write: Write) -> None:
    write("notes", "")
    with pytest.raises(CollectError, match=r"as in \./notes"):
        select(["notes"])
