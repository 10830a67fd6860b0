"""Apps in a browser, beside the Lab that they were opened from: all can write, for none takes another's cookies."""

from __future__ import annotations

from typing import Any

from lab_server import LabServer, until
from playwright.sync_api import BrowserContext, Page, expect
from sample_requests import private_space

_ASK = """async ([path, method, body]) => {
    const config = JSON.parse(document.getElementById('jupyter-config-data').textContent);
    const token = decodeURIComponent((document.cookie.match(/_xsrf=([^;]*)/) || [])[1] || '');
    const headers = {'X-XSRFToken': token, 'Content-Type': 'application/json'};
    const options = {method, headers, ...(body === null ? {} : {body: JSON.stringify(body)})};
    const answer = await fetch(config.baseUrl + path, options);
    const text = await answer.text();
    return [answer.status, text ? JSON.parse(text) : null];
}"""
FILE = {"type": "file", "format": "text", "content": "written in the browser"}


def ask(page: Page, path: str, method: str = "GET", body: Any = None) -> Any:
    """Use the REST API of the page's server as the page itself does: with its cookies, and nothing else."""
    status, answer = page.evaluate(_ASK, [path, method, body])
    assert status in (200, 201, 204), answer
    return answer


def opened(context: BrowserContext, outer: Page, url: str) -> Page:
    """Open a link from the outer Lab."""
    with context.expect_page() as caught:
        outer.evaluate("(url) => { window.open(url, '_blank'); }", url)
    page = caught.value
    page.wait_for_function("() => document.querySelector('.jp-Launcher')", timeout=60_000)
    return page


def test_apps_and_the_lab_they_are_opened_from_do_not_clash(lab: LabServer, context: BrowserContext) -> None:
    outer = context.new_page()
    outer.goto(lab.url())
    outer.wait_for_function("() => window.jupyterapp?.restored", timeout=60_000)
    domain_id = ask(outer, "jupyter-sm-ext/domains")["Domains"][0]["DomainId"]
    names = ("one", "two")
    for name in names:
        ask(outer, "jupyter-sm-ext/spaces", "POST", {"DomainId": domain_id, **private_space(name)})
    for name in names:
        until(lambda at=name: ask(outer, f"jupyter-sm-ext/spaces/{domain_id}/{at}")["Status"] == "InService", name)
        app = {"DomainId": domain_id, "SpaceName": name, "AppType": "JupyterLab", "AppName": "default"}
        ask(outer, "jupyter-sm-ext/apps", "POST", app)
    pages = [outer]
    for name in names:
        path = f"jupyter-sm-ext/apps/{domain_id}/space/{name}/JupyterLab/default"
        until(lambda at=path: ask(outer, at)["Status"] == "InService", f"app of {name}")
        url = ask(outer, f"jupyter-sm-ext/spaces/{domain_id}/{name}/url", "POST", {"UserProfileName": "default"})
        pages.append(opened(context, outer, url["AuthorizedUrl"]))
    assert len({page.evaluate("location.hostname") for page in pages}) == len(pages)

    outer.reload()
    outer.wait_for_function("() => window.jupyterapp?.restored", timeout=60_000)
    for page in pages:
        ask(page, "api/contents/written.txt", "PUT", FILE)
    folder = lab.data_dir / "spaces" / domain_id
    assert [(folder / name / "written.txt").read_text() for name in names] == [FILE["content"]] * 2

    one = pages[1]
    one.get_by_title("Python 3").first.click()
    expect(one.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible(timeout=60_000)
    one.locator(".jp-Notebook .jp-Cell .cm-content").first.click()
    one.keyboard.type("import os; print('in', os.environ['SAGEMAKER_SPACE_NAME'])")
    one.keyboard.press("Shift+Enter")
    expect(one.locator(".jp-OutputArea-output")).to_have_text("in one", timeout=30_000)

    for name in names:
        ask(outer, f"jupyter-sm-ext/apps/{domain_id}/space/{name}/JupyterLab/default", "DELETE")
    for name in names:
        path = f"jupyter-sm-ext/apps/{domain_id}/space/{name}/JupyterLab/default"
        until(lambda at=path: ask(outer, at)["Status"] == "Deleted", f"the end of {name}")
