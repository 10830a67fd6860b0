"""Tables and steps, as text and as HTML: aligned, escaped, and told once."""

from __future__ import annotations

import pytest

from jupyter_sm_ext.actions.step_lines import StepLines
from jupyter_sm_ext.actions.steps import Progress, Step
from jupyter_sm_ext.tables import Table

TABLE = Table(("Name", "Apps"), [("a<b>", "1"), ("longer", "10")], "none yet", ["a & b"], ("Apps",))


def test_text_is_aligned() -> None:
    assert TABLE.text() == "NAME    APPS\na<b>       1\nlonger    10\na & b"


def test_html_is_escaped_and_keeps_sides() -> None:
    html = TABLE.html()
    assert "a&lt;b&gt;" in html
    assert "<b>" not in html
    assert "<p>a &amp; b</p>" in html
    assert html.count('style="text-align: right"') == 3
    assert html.count('scope="col"') == 2


def test_nothing_is_said_in_words() -> None:
    empty = Table(("Name",), [], "none <yet>", ["but"])
    assert empty.text() == "none <yet>\nbut"
    assert empty.html() == "<p>none &lt;yet&gt;</p><p>but</p>"


def test_steps_are_told_in_their_order_and_once() -> None:
    lines, news = StepLines(), []

    def tell(step: Step) -> None:
        if lines.take(step):
            news.append(lines.line(step))

    progress = Progress(tell)
    progress.plan("one", "two <b>")
    with progress.step("one") as detail:
        detail("Pending")
        detail("Pending")
    with pytest.raises(RuntimeError), progress.step("two <b>"):
        raise RuntimeError("no")
    assert news == ["○ one", "○ two <b>", "▶ one", "▶ one: Pending", "✓ one", "▶ two <b>", "✗ two <b>"]
    assert lines.text() == "✓ one\n✗ two <b>"
    # Whoever interrupts the waiting has not ended what goes on at the service.
    with pytest.raises(KeyboardInterrupt), progress.step("three"):
        raise KeyboardInterrupt
    assert news[-1] == "▶ three: no longer waited for; it goes on by itself"
    assert "two &lt;b&gt;" in lines.html()
