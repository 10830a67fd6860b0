"""An AWS that lends keys: STS for roles, by a one-time code if it shall, and the portal of IAM Identity Center."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from faulty_aws import FaultyAWS

DEVICE = "arn:aws:iam::000000000000:mfa/somebody"
ROLE = "arn:aws:iam::000000000000:role/analyst"
WRONG_CODE = "MultiFactorAuthentication failed with invalid MFA one time pass code."
START_URL = "https://example.awsapps.com/start"


class LendingAWS(FaultyAWS):
    """See `FaultyAWS`; codes are good once."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.codes: set[str] = set()
        self.lent: Counter[str] = Counter()
        self._numbers = itertools.count(1)

    def answer(
        self, operation: str, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Any, bytes]:
        if path.startswith("/federation/credentials"):
            return self._of_role_in_identity_center(headers)
        asked = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
        if asked.get("Action") in ("AssumeRole", "AssumeRoleWithWebIdentity"):
            return self._role(asked)
        return super().answer(operation, method, path, headers, body)

    def _new(self) -> str:
        return f"ASIALENT{next(self._numbers):04}"

    def _role(self, asked: Mapping[str, str]) -> tuple[int, Any, bytes]:
        action = asked["Action"]
        self.lent[action] += 1
        kind = [("Content-Type", "text/xml")]
        if "SerialNumber" in asked:
            if asked.get("TokenCode") not in self.codes:
                refusal = f"<Error><Code>AccessDenied</Code><Message>{WRONG_CODE}</Message></Error>"
                return 403, kind, f"<ErrorResponse>{refusal}</ErrorResponse>".encode()
            self.codes.remove(asked["TokenCode"])
        ends = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=1)).strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        )
        keys = (
            f"<AccessKeyId>{self._new()}</AccessKeyId><SecretAccessKey>secret</SecretAccessKey>"
            f"<SessionToken>token</SessionToken><Expiration>{ends}</Expiration>"
        )
        user = f"<AssumedRoleUser><Arn>{ROLE}/x</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>"
        result = f"<{action}Result><Credentials>{keys}</Credentials>{user}</{action}Result>"
        space = 'xmlns="https://sts.amazonaws.com/doc/2011-06-15/"'
        return 200, kind, f"<{action}Response {space}>{result}</{action}Response>".encode()

    def _of_role_in_identity_center(self, headers: Mapping[str, str]) -> tuple[int, Any, bytes]:
        self.lent["GetRoleCredentials"] += 1
        given = {name.lower(): value for name, value in headers.items()}
        kind = [("Content-Type", "application/json")]
        if given.get("x-amz-sso_bearer_token") != "good":
            refusal = {"__type": "UnauthorizedException", "message": "Session token not found or invalid"}
            return 401, [*kind, ("x-amzn-ErrorType", "UnauthorizedException")], json.dumps(refusal).encode()
        keys = {
            "accessKeyId": self._new(),
            "secretAccessKey": "secret",
            "sessionToken": "token",
            "expiration": int(datetime.datetime.now(datetime.timezone.utc).timestamp() + 3600) * 1000,
        }
        return 200, kind, json.dumps({"roleCredentials": keys}).encode()


def sign_in(home: Path, *, seconds: float = 3600.0, token: str = "good") -> None:
    """What ``aws sso login`` leaves behind."""
    cache = home / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    told = {"startUrl": START_URL, "accessToken": token, "expiresAt": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
    (cache / f"{hashlib.sha1(START_URL.encode()).hexdigest()}.json").write_text(json.dumps(told))
