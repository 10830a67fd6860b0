"""The documentation site: what is derived from code, notebooks and openapi.json, and what it looks like.

The source folder is the checkout itself, so that a link means the same here and where the files are read as they are.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from derived import fill  # noqa: E402
from derived.installed import version as installed  # noqa: E402

project = "jupyter_sm_ext"
author = "the contributors"
release = version = installed()
language = "en"

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_nb"]
root_doc = "docs/index"
include_patterns = ["docs/**", "notebooks/**", "CHANGELOG.md", "CONTRIBUTING.md"]
exclude_patterns = [".*", "**/.*", "docs/derived", "docs/themes", "labextension", "tests", "jupyter_sm_ext", "scripts"]
exclude_patterns += ["build", "dist", "test-results", "notebooks/*/**"]
smartquotes_action = "D"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
# They are packed without outputs; what they gave when they were run is put in beside the other derived texts.
nb_execution_mode = "off"
suppress_warnings = ["mystnb.mime_priority"]

add_module_names = False
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_member_order = "bysource"
napoleon_google_docstring = False

html_theme = "pydata_sphinx_theme"
html_title = "jupyter_sm_ext"
html_show_sourcelink = False
html_copy_source = False
html_additional_pages = {"index": "to_the_front.html"}
templates_path = ["themes"]
html_static_path = ["themes/static"]
html_css_files = ["tables.css", "outputs.css"]
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "logo": {"text": "jupyter_sm_ext"},
}


def setup(app: object) -> None:
    """Fill in what is derived before a page is read."""
    app.connect("source-read", fill)  # type: ignore[attr-defined]
