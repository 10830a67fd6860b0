"""What a freshly opened JupyterLab fetches of our scripts while nobody has opened anything of ours.

Of an installed wheel, that is: a development build is several times as large.
"""

from __future__ import annotations

from collections.abc import Iterator

from browser import chromium, in_lab
from measure import Figure

OURS = "/lab/extensions/jupyter-sm-ext/"


def figures() -> Iterator[Figure]:
    """Sizes as the browser runs them, before any compression on the way."""
    fetched: dict[str, int] = {}
    with chromium() as browser, in_lab(browser) as (page, url):
        page.on("response", lambda response: OURS in response.url and fetched.setdefault(response.url, 0))
        page.goto(url)
        page.wait_for_function("() => window.jupyterapp?.restored.then(() => true)", timeout=120_000)
        # What comes a while after the lab is up comes without being asked for, too.
        page.wait_for_load_state("networkidle")
        scripts = [name for name in fetched if name.partition("?")[0].endswith(".js")]
        sizes = [len(page.request.get(name).body()) for name in scripts]
    yield Figure("our scripts in JupyterLab, nothing opened", [sum(sizes) / 1000], bar="at most 60 KB", unit="KB")


if __name__ == "__main__":
    print(*(figure.row() for figure in figures()), sep="\n")
