"""A proposal for a sidecar as TOML: what is declared counts, everything else stands in comments."""

from __future__ import annotations

import json

from derivations.latex.reader.declaring import Proposal


def sidecar_text(proposal: Proposal, document: str) -> str:
    """The sidecar as TOML, in which only what is declared counts."""
    without, with_ = proposal.unread
    lines = [f"# What {_plain(document)} leaves open: guesses, to be confirmed or put right.",
             f"# Equations that are not read: {with_}; without this file {without}.", ""]
    lines += _array("declare", proposal.declared)
    lines += _commented("Not declared: it does not fit, or reading is worse with it.", proposal.doubtful)
    lines += _commented("Taken by the reader; declare what is meant otherwise.", proposal.taken)
    if proposal.scopes:
        lines += ["", "# Names that are defined again; where they mean something new, a scope begins at the heading:"]
        lines += [f"# scopes = [{_quoted(title)}]  # {words}" for title, words in proposal.scopes]
    if proposal.questions:
        lines += ["", "# Not read:", *(f"# {_plain(question)}" for question in proposal.questions)]
    return "\n".join(lines) + "\n"


def _array(key: str, entries: tuple[tuple[str, str], ...]) -> list[str]:
    return [f"{key} = [", *(f"  {_quoted(entry)},  # {_plain(note)}" for entry, note in entries), "]"]


def _commented(title: str, entries: tuple[tuple[str, str], ...]) -> list[str]:
    rows = [f"#   {_quoted(entry)},  # {_plain(note)}" for entry, note in entries]
    return ["", f"# {title}", *rows] if rows else []


def _quoted(text: str) -> str:
    """A TOML string: as it stands, where nothing in it needs a backslash."""
    if "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(text: str) -> str:
    """A comment's text: one line, and nothing that TOML forbids there."""
    return "".join(c if c.isprintable() else " " for c in text)
