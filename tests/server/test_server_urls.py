"""The routes that give a link to an app."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from sample_requests import private_space

SPACE = private_space("linked")


async def domain_of(api: Any) -> str:
    found = await api("GET", "/domains")
    return str(found.json["Domains"][0]["DomainId"])


async def test_links_to_apps(api: Any) -> None:
    domain_id = await domain_of(api)
    assert (await api("POST", "/spaces", {"DomainId": domain_id, **SPACE})).status == 201
    of_space = await api("POST", f"/spaces/{domain_id}/linked/url", {"UserProfileName": "default"})
    of_profile = await api("POST", f"/user-profiles/{domain_id}/default/url", {"ExpiresInSeconds": 5})
    plain = await api("POST", f"/user-profiles/{domain_id}/default/url")
    links = [reply.json["AuthorizedUrl"] for reply in (of_space, of_profile, plain)]
    assert len(set(links)) == 3
    for link in links:
        assert urlsplit(link).hostname == f"{domain_id}.studio.localhost"


async def test_links_that_are_refused(api: Any) -> None:
    domain_id = await domain_of(api)
    nobody = await api("POST", f"/user-profiles/{domain_id}/nobody/url")
    assert (nobody.status, nobody.json["code"]) == (404, "ResourceNotFound")
    no_user = await api("POST", f"/spaces/{domain_id}/linked/url", {})
    assert no_user.status == 400
    assert "UserProfileName" in no_user.json["message"]
    two = await api("POST", f"/user-profiles/{domain_id}/default/url", {"UserProfileName": "other"})
    assert "in the path it is default" in two.json["message"]
    long = await api("POST", f"/user-profiles/{domain_id}/default/url", {"ExpiresInSeconds": 301})
    assert "expiresInSeconds" in long.json["message"]
    stranger = await api("POST", f"/user-profiles/{domain_id}/default/url", headers={})
    assert stranger.status in (401, 403)
