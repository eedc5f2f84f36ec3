"""What takes long is marked slow: ``make test`` leaves it to ``make thorough``, which runs everything."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

SLOW = {
    "test_soundness.py": "",
    "test_replay.py": "",
    "test_benchmarks.py": "",
    "test_attacks.py": "",
    "test_inverse.py": "variant",
    "test_ladder.py": ("turned_round", "any_company", "hard_but_right"),
    "test_lowering.py": ("mixed_one", "written_by_hand"),
    "test_evidence.py": ("hundred_steps", "defect_of_1e_12", "hard_but_right"),
    "test_paths.py": "chain",
    "test_recurrences.py": ("backpropagation", "sums_inside_sums"),
    "test_orbit.py": ("update", "jax"),
    "test_limits.py": "",
    "test_bounds.py": "",
    "test_points.py": "",
    "test_record.py": "no_set",
    "test_commands.py": "",
    "test_mutation.py": "",
    "test_repair.py": "",
    "test_shrink.py": "",
    "test_roots.py": "",
    "test_tidy_hostile.py": "random",
    "test_controls.py": "",
    "test_readme.py": ("session", "would_be_noticed"),
    "test_stories.py": "",
    "test_proved_bounds.py": "variant",
    "test_papers_verdicts.py": "",
    "test_drift_variants.py": "",
    "test_activation_numbers.py": "slope_bounds",
    "test_figures.py": "",
    "test_plot.py": ("same_bytes", "alone_and_all"),
    "test_paper_examples.py": ("every_mistake", "would_be_noticed"),
    "test_latex_fragments.py": ("252", "amsmath_alone", "in_the_margin"),
    "test_web.py": ("three_hundred", "articles_own", "of_its_own"),
    "test_lesson.py": ("lesson_runs", "changed_formula"),
    "test_browser.py": ("planted", "serious_fault", "noticed"),
    "test_article_page.py": "",
}
"""Files, and words in the names of their tests: the empty word is in all."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        words = SLOW.get(item.path.name, ())
        if any(word in item.name for word in ([words] if isinstance(words, str) else words)):
            item.add_marker(pytest.mark.slow)
