"""AWS's Price List and IAM, as far as we ask them, in their own protocols: JSON 1.1, and form in, XML out."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

Json = dict[str, Any]


def product(name: str, price: str, use: str = "Studio-JupyterLab", region: str = "us-east-1", **more: Any) -> Json:
    """A product as the Price List writes it (seen in answers that others have published)."""
    sku = more.pop("sku", f"SKU{abs(hash((name, price, use, region)))}")
    dimension = {
        "unit": more.pop("unit", "Hrs"),
        "beginRange": "0",
        "endRange": "Inf",
        "description": f"${price} per hour for {use} {name}",
        "appliesTo": [],
        "rateCode": f"{sku}.JRTCKXETXF.6YS6EN2CT7",
        "pricePerUnit": {more.pop("currency", "USD"): price},
    }
    attributes = {
        "servicecode": "AmazonSageMaker",
        "servicename": "Amazon SageMaker",
        "regionCode": region,
        "locationType": "AWS Region",
        "instanceName": name,
        "instanceType": f"{name}-{use}",
        "platoinstancetype": use,
        "usagetype": f"USE1-Studio:JupyterLab-{name}",
        "vCpu": "8",
    }
    family = more.pop("family", "ML Instance")
    dimensions = {f"{sku}.JRTCKXETXF.{number}": dimension for number in range(more.pop("steps", 1))}
    term = {"sku": sku, "offerTermCode": "JRTCKXETXF", "priceDimensions": dimensions, "termAttributes": {}}
    return {
        "product": {"productFamily": family, "attributes": {**attributes, **more}, "sku": sku},
        "serviceCode": "AmazonSageMaker",
        "terms": {"OnDemand": {f"{sku}.JRTCKXETXF": term}},
        "version": "20261101000000",
    }


@dataclass
class FakeServices:
    """What is answered.

    Parameters
    ----------
    products : list
        Products of the Price List; a text is given as it is.
    page : int
        How many are on a page.
    denied : set of str
        Actions that the policies do not allow.
    role : str, optional
        ARN that GetRole tells; it is denied if there is none.
    seconds : float
        How long each answer takes.
    """

    products: list[Json | str] = field(default_factory=list)
    page: int = 2
    denied: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)
    forbidden_by_organization: set[str] = field(default_factory=set)
    role: str | None = None
    refused: set[str] = field(default_factory=set)
    seconds: float = 0.0
    calls: list[tuple[str, Json]] = field(default_factory=list)
    url: str = ""

    @contextmanager
    def serving(self) -> Iterator[FakeServices]:
        """Answer as long as the context lasts."""
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    @property
    def environment(self) -> dict[str, str]:
        """What sends AWS clients here for these services."""
        return {"AWS_ENDPOINT_URL_PRICING": self.url, "AWS_ENDPOINT_URL_IAM": self.url}

    def called(self, operation: str) -> list[Json]:
        """Requests of an operation, in order."""
        return [request for name, request in self.calls if name == operation]

    def get_products(self, request: Json) -> Json:
        """A page of the products that fit."""
        fitting = [each for each in self.products if isinstance(each, str) or _fits(each, request["Filters"])]
        start = int(request.get("NextToken", 0))
        page = [each if isinstance(each, str) else json.dumps(each) for each in fitting[start : start + self.page]]
        more = {"NextToken": str(start + self.page)} if start + self.page < len(fitting) else {}
        return {"FormatVersion": "aws_v1", "PriceList": page, **more}

    def simulate(self, form: Json) -> str:
        """The verdict on each action on each resource."""
        verdicts = "".join(
            self._verdict(action, about)
            for action in _members(form, "ActionNames")
            for about in _members(form, "ResourceArns")
        )
        return (
            "<SimulatePrincipalPolicyResponse><SimulatePrincipalPolicyResult><IsTruncated>false</IsTruncated>"
            f"<EvaluationResults>{verdicts}</EvaluationResults></SimulatePrincipalPolicyResult>"
            "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></SimulatePrincipalPolicyResponse>"
        )

    def _verdict(self, action: str, about: str) -> str:
        decision = "implicitDeny" if action in self.denied | self.missing else "allowed"
        missing = "<member>aws:RequestTag/team</member>" if action in self.missing else ""
        organization = str(action not in self.forbidden_by_organization).lower()
        return (
            f"<member><EvalActionName>{action}</EvalActionName>"
            f"<EvalResourceName>{escape(about)}</EvalResourceName><EvalDecision>{decision}</EvalDecision>"
            f"<OrganizationsDecisionDetail><AllowedByOrganizations>{organization}</AllowedByOrganizations>"
            f"</OrganizationsDecisionDetail><MissingContextValues>{missing}</MissingContextValues>"
            "<MatchedStatements/></member>"
        )

    def get_role(self, form: Json) -> str:
        """The role, with its path."""
        return (
            f"<GetRoleResponse><GetRoleResult><Role><Path>/</Path><RoleName>{form['RoleName']}</RoleName>"
            f"<RoleId>AROA</RoleId><Arn>{self.role}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate></Role>"
            "</GetRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetRoleResponse>"
        )


def _members(form: Json, name: str) -> list[str]:
    """A list, as the query protocol writes it."""
    return [value for key, value in form.items() if key.startswith(f"{name}.member.")]


def _fits(each: Json, filters: list[Json]) -> bool:
    said = {**each["product"]["attributes"], "productFamily": each["product"]["productFamily"]}
    return all(one["Type"] == "TERM_MATCH" and said.get(one["Field"]) == one["Value"] for one in filters)


def _handler(fake: FakeServices) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            target = self.headers.get("X-Amz-Target")
            request = json.loads(body) if target else dict(parse_qsl(body))
            operation = target.rpartition(".")[2] if target else request["Action"]
            fake.calls.append((operation, request))
            time.sleep(fake.seconds)
            assert self.headers["Authorization"].startswith("AWS4-HMAC-SHA256 ")
            if operation in fake.refused or (operation == "GetRole" and fake.role is None):
                self._refuse(operation, json_wanted=bool(target))
            elif operation == "GetProducts":
                self._send(200, "application/x-amz-json-1.1", json.dumps(fake.get_products(request)))
            else:
                answer = {"SimulatePrincipalPolicy": fake.simulate, "GetRole": fake.get_role}[operation](request)
                self._send(200, "text/xml", answer)

        def _refuse(self, operation: str, *, json_wanted: bool) -> None:
            words = f"User: arn:aws:iam::000000000000:user/local is not authorized to perform: x:{operation}"
            if json_wanted:
                told = json.dumps({"__type": "AccessDeniedException", "message": words})
                self._send(400, "application/x-amz-json-1.1", told)
            else:
                error = f"<Error><Type>Sender</Type><Code>AccessDenied</Code><Message>{words}</Message></Error>"
                self._send(403, "text/xml", f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>")

        def _send(self, status: int, kind: str, text: str) -> None:
            raw = text.encode()
            self.send_response_only(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Tests tell what they see themselves."""

    return Handler
