"""Who may talk to the engine: every request carries a Signature Version 4 made with its one pair of keys.

The signature is computed again with botocore's own signers, from the request as it came, and compared in constant time.
Signed headers and presigned URLs are both taken. What is refused is refused in the words of the service it was for.
"""

from __future__ import annotations

import calendar
import functools
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.credentials import Credentials

from jupyter_sm_ext.engine import auth_url_v2
from jupyter_sm_ext.engine.context import Keys
from jupyter_sm_ext.errors import AccessDeniedError

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW_SECONDS = 15 * 60
MAX_EXPIRES = 7 * 24 * 3600
UNSIGNED = "UNSIGNED-PAYLOAD"
_KEPT = 256
_HASH_HEADER = "X-Amz-Content-SHA256"
_NEVER_SIGNED = frozenset({"x-amzn-trace-id"})
_AUTHORIZATION = re.compile(
    rf"{ALGORITHM}\s+Credential=([^\s,]+)\s*,\s*SignedHeaders=([^\s,]+)\s*,\s*Signature=([0-9a-f]{{64}})"
)
_DATE = re.compile(r"\d{8}T\d{6}Z")

# reason: codes of the JSON services, of STS and of S3
_CODES = {
    "missing": ("MissingAuthenticationTokenException", "MissingAuthenticationToken", "AccessDenied"),
    "incomplete": ("IncompleteSignatureException", "IncompleteSignature", "AuthorizationHeaderMalformed"),
    "key": ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"),
    "signature": ("InvalidSignatureException", "SignatureDoesNotMatch", "SignatureDoesNotMatch"),
    "time": ("InvalidSignatureException", "SignatureDoesNotMatch", "RequestTimeTooSkewed"),
    "expired": ("InvalidSignatureException", "SignatureDoesNotMatch", "AccessDenied"),
    "region": ("InvalidSignatureException", "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"),
    "hash": ("InvalidSignatureException", "SignatureDoesNotMatch", "XAmzContentSHA256Mismatch"),
}
_COLUMN = {"sts": 1, "s3": 2}
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True)
class Claim:
    """What a request says of itself; to be believed once `Authenticator.verify` has not raised.

    Parameters
    ----------
    service : str
        Of the credential scope: which service it is for.
    region, timestamp, signature : str
        As in the scope, the date and the signature.
    signed : tuple of str
        Lower-case names of the signed headers.
    method, target : str
        Of the request line.
    headers : mapping
        Of the request.
    presigned : bool
        Whether it is signed in its query.
    verified : bool
        Whether the signature was compared before the claim was made.
    """

    service: str
    region: str
    timestamp: str
    signature: str
    signed: tuple[str, ...]
    method: str
    target: str
    headers: Mapping[str, str]
    presigned: bool
    verified: bool = False

    @property
    def payload_header(self) -> str | None:
        """Hash of the body as the request announces it, or a word such as UNSIGNED-PAYLOAD."""
        return self.headers.get(_HASH_HEADER)


def guess_service(headers: Mapping[str, str]) -> str:
    """Which service an unsigned request is likely for, to refuse it in that one's words."""
    if "X-Amz-Target" in headers:
        return "sagemaker"
    return "sts" if headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded") else "s3"


class Authenticator:
    """Checks signatures.

    Parameters
    ----------
    keys : Keys
        The pair that is taken.
    region : str
        The scope's region for the services that live in one.
    now : callable, optional
        Gives epoch seconds.
    """

    def __init__(self, keys: Keys, region: str, now: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._region = region
        self._now = now
        self._signers: dict[tuple[str, str, str], _Again] = {}
        # Who looks again and again signs a read once for a while (see quick_reads.py).
        self._signature_of = functools.lru_cache(_KEPT)(self._computed)

    def claim(self, method: str, target: str, headers: Mapping[str, str]) -> Claim:
        """Read what a request says of itself: right key, right time, everything signed that must be.

        Raises
        ------
        AccessDeniedError
            It is not signed, or not as it must be.
        """
        given = headers.get("Authorization")
        if given is not None:
            claim, expires = self._from_header(given, method, target, headers), SKEW_SECONDS
        elif "X-Amz-Signature=" in target:
            claim, expires = self._from_query(method, target, headers)
        elif auth_url_v2.is_one(target):
            return self._from_old_url(method, target, headers)
        else:
            raise _denied("missing", guess_service(headers), "Missing Authentication Token")
        self._check_time(claim, expires)
        if claim.service in ("sagemaker", "logs", "servicequotas") and claim.region != self._region:
            words = (
                f"Credential should be scoped to a valid region, not '{claim.region}': this engine's is {self._region}."
            )
            raise _denied("region", claim.service, words)
        _check_signed(claim)
        return claim

    def verify(self, claim: Claim, payload_hash: str) -> None:
        """Compare the signature.

        Parameters
        ----------
        claim : Claim
            From `claim`.
        payload_hash : str
            SHA-256 of the body in hex, or the word that stands for it.

        Raises
        ------
        AccessDeniedError
            It was made with another key, or for another request.
        """
        if claim.verified:
            return
        scope = (claim.timestamp, claim.region, claim.service)
        headers = tuple((name, claim.headers.get(name, "")) for name in claim.signed)
        computed = self._signature_of(scope, claim.method, claim.target, headers, payload_hash)
        if not hmac.compare_digest(computed, claim.signature):
            raise _denied("signature", claim.service, _MISMATCH)

    def _computed(
        self,
        scope: tuple[str, str, str],
        method: str,
        target: str,
        headers: tuple[tuple[str, str], ...],
        payload_hash: str,
    ) -> str:
        """What the signature must be: by all that goes into it."""
        timestamp, region, service = scope
        key = (timestamp[:8], region, service)
        signer = self._signers.get(key)
        if signer is None:
            if len(self._signers) >= 64:
                self._signers.clear()
            signer = _signer(service, region, self._keys)
            self._signers[key] = signer
        return signer.signature_of(timestamp, method, target, headers, payload_hash)

    def verify_body(self, claim: Claim, payload_hash: str) -> None:
        """The same for a request whose whole body is there: an announced hash must be the body's.

        Raises
        ------
        AccessDeniedError
            See `verify`.
        """
        announced = claim.payload_header
        if announced is not None and not hmac.compare_digest(announced, payload_hash):
            raise _denied("hash", claim.service, "The provided 'x-amz-content-sha256' header does not match the body.")
        self.verify(claim, payload_hash)

    def _from_header(self, given: str, method: str, target: str, headers: Mapping[str, str]) -> Claim:
        found = _AUTHORIZATION.fullmatch(given.strip())
        if found is None:
            # Its text is never repeated: it may hold half of a real signature.
            raise _denied(
                "incomplete", guess_service(headers), f"The Authorization header is not a whole {ALGORITHM} one."
            )
        credential, signed, signature = found.groups()
        timestamp = headers.get("X-Amz-Date", "")
        return self._claim(credential, signed, signature, timestamp, method, target, headers, presigned=False)

    def _from_query(self, method: str, target: str, headers: Mapping[str, str]) -> tuple[Claim, int]:
        path, _, query = target.partition("?")
        given = dict(parse_qsl(query, keep_blank_values=True))
        names = ("X-Amz-Credential", "X-Amz-SignedHeaders", "X-Amz-Signature", "X-Amz-Date")
        if given.get("X-Amz-Algorithm") != ALGORITHM or any(name not in given for name in names):
            raise _denied("incomplete", "s3", "A presigned request needs X-Amz-Algorithm, " + ", ".join(names) + ".")
        expires = given.get("X-Amz-Expires", str(SKEW_SECONDS))
        if not re.fullmatch(r"\d{1,6}", expires) or int(expires) > MAX_EXPIRES:
            raise _denied("incomplete", "s3", f"X-Amz-Expires must be a number of seconds up to {MAX_EXPIRES}.")
        rest = "&".join(pair for pair in query.split("&") if not pair.startswith("X-Amz-Signature="))
        credential, signed, signature, timestamp = (given[name] for name in names)
        target = f"{path}?{rest}"
        claim = self._claim(credential, signed, signature, timestamp, method, target, headers, presigned=True)
        return claim, int(expires)

    def _from_old_url(self, method: str, target: str, headers: Mapping[str, str]) -> Claim:
        reason = auth_url_v2.reason_to_refuse(self._keys, method, target, headers, self._now)
        if reason is not None:
            words = {"signature": _MISMATCH, "expired": "Request has expired"}
            raise _denied(reason, "s3", words.get(reason, "The presigned URL is not whole, or not of this engine."))
        target = auth_url_v2.without_signature(target)
        return Claim("s3", self._region, "", "", (), method, target, headers, presigned=True, verified=True)

    def _claim(
        self,
        credential: str,
        signed: str,
        signature: str,
        timestamp: str,
        method: str,
        target: str,
        headers: Mapping[str, str],
        *,
        presigned: bool,
    ) -> Claim:
        key, *scope = credential.rsplit("/", 4)
        service = scope[2] if len(scope) == 4 else guess_service(headers)
        if len(scope) != 4 or scope[3] != "aws4_request" or not _DATE.fullmatch(timestamp) or scope[0] != timestamp[:8]:
            raise _denied("incomplete", service, "The credential's scope must be date/region/service/aws4_request.")
        if not hmac.compare_digest(key.encode(), self._keys.access_key_id.encode()):
            raise _denied("key", service, "The security token included in the request is invalid.")
        names = tuple(signed.lower().split(";"))
        return Claim(service, scope[1], timestamp, signature, names, method, target, headers, presigned)

    def _check_time(self, claim: Claim, expires: int) -> None:
        try:
            signed_at = _seconds(claim.timestamp)
        except ValueError:
            raise _denied("incomplete", claim.service, "The request's date is none.") from None
        age = self._now() - signed_at
        if claim.presigned and age > expires:
            raise _denied("expired", claim.service, "Request has expired")
        if age < -SKEW_SECONDS or (age > SKEW_SECONDS and not claim.presigned):
            words = (
                "The difference between the request time and the current time is too large."
                if claim.service == "s3"
                else f"Signature expired: {claim.timestamp} is more than 15 min. away from the engine's time."
            )
            raise _denied("time", claim.service, words)


@functools.lru_cache(_KEPT)
def _seconds(timestamp: str) -> int:
    """Epoch seconds of a signature's date."""
    return calendar.timegm(time.strptime(timestamp, "%Y%m%dT%H%M%SZ"))


def _check_signed(claim: Claim) -> None:
    wanted = {name.lower() for name in claim.headers if name.lower().startswith("x-amz-")}
    left_out = sorted(({"host"} | wanted) - set(claim.signed) - _NEVER_SIGNED)
    if left_out:
        words = f"There were headers present in the request which were not signed: {', '.join(left_out)}"
        raise _denied("signature", claim.service, words)


def _denied(reason: str, service: str, message: str) -> AccessDeniedError:
    return AccessDeniedError(message, code=_CODES[reason][_COLUMN.get(service, 0)])


class _Signed(dict[str, str]):
    """The signed headers, as much of an `HTTPMessage` as botocore's signers ask for."""

    def get_all(self, name: str) -> list[str]:
        return [self[name]]


@dataclass
class _Request:
    """A request as botocore's signers want it."""

    method: str
    url: str
    headers: Mapping[str, str]
    context: dict[str, str]
    params: ClassVar[dict[str, str]] = {}


class _Again:
    """What is ours in a signer: which headers are signed, what the body's hash is, and one key derivation a day."""

    credentials: Any
    _region_name: str
    _service_name: str
    _signed: _Signed
    _key: bytes | None = None

    def signature_of(
        self, timestamp: str, method: str, target: str, headers: tuple[tuple[str, str], ...], payload_hash: str
    ) -> str:
        context = {"timestamp": timestamp}
        request: Any = _Request(method, f"http://engine{target}", {_HASH_HEADER: payload_hash}, context)
        self._signed = _Signed(headers)
        text = self.string_to_sign(request, self.canonical_request(request))  # type: ignore[attr-defined]
        return self.signature(text, request)

    def headers_to_sign(self, request: Any) -> Any:
        return self._signed

    def _derive(self, timestamp: str) -> bytes:
        key = f"AWS4{self.credentials.secret_key}".encode()
        for part in (timestamp[:8], self._region_name, self._service_name, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        return key

    def signature(self, string_to_sign: str, request: Any) -> str:
        if self._key is None:
            self._key = self._derive(request.context["timestamp"])
        return hmac.digest(self._key, string_to_sign.encode(), "sha256").hex()


class _Signer(_Again, SigV4Auth):
    """Of every service but S3."""


class _S3Signer(_Again, S3SigV4Auth):
    """S3's path goes into the signature as it is."""


def _signer(service: str, region: str, keys: Keys) -> _Again:
    cls = _S3Signer if service == "s3" else _Signer
    return cls(Credentials(keys.access_key_id, keys.secret_access_key), service, region)
