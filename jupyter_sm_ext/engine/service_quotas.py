"""Service Quotas, as much of it as tells what quotas SageMaker has here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from jupyter_sm_ext.engine import quotas
from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.engine.quotas import Quota
from jupyter_sm_ext.engine.tokens import Tokens
from jupyter_sm_ext.errors import NotFoundError, ValidationError

_CODE, _NAME = "sagemaker", "Amazon SageMaker"
_RESULTS = 100
_LEVEL = "ACCOUNT"


class ServiceQuotas(Family):
    """ListServiceQuotas, GetServiceQuota and the same for AWS's defaults, of the service ``sagemaker``."""

    service: ClassVar[str] = "service-quotas"

    def list_service_quotas(self, request: Request) -> Answer:
        """A page of quotas, in the order of their codes; those of resources are none of ours."""
        level = request.get("QuotaAppliedAtLevel", _LEVEL)
        return self._page("ListServiceQuotas", request, applied=True, none=level not in (_LEVEL, "ALL"))

    def list_aws_default_service_quotas(self, request: Request) -> Answer:
        """A page of quotas as they are if nobody changes them."""
        return self._page("ListAWSDefaultServiceQuotas", request, applied=False)

    def get_service_quota(self, request: Request) -> Answer:
        """Tell one quota."""
        if "ContextId" in request:
            raise _no_such("The local engine has quotas of the account only, none of the resource in ContextId.")
        return {"Quota": self._shown(_find(request), applied=True)}

    def get_aws_default_service_quota(self, request: Request) -> Answer:
        """Tell what one quota is if nobody changes it."""
        return {"Quota": self._shown(_find(request), applied=False)}

    def _page(self, operation: str, request: Request, *, applied: bool, none: bool = False) -> Answer:
        _check_service(request)
        tokens = Tokens(self.engine.keys.secret_access_key, [operation], request)
        after = _place(tokens, request)
        only = request.get("QuotaCode")
        codes = [] if none else [one for one in sorted(quotas.catalog()) if only in (None, one) and one > after]
        limit = int(request.get("MaxResults", _RESULTS))
        shown = [self._shown(quotas.catalog()[code], applied=applied) for code in codes[:limit]]
        answer: dict[str, Any] = {"Quotas": shown}
        if len(codes) > limit:
            answer["NextToken"] = tokens.write([codes[limit - 1]]).translate(_OURS_TO_THEIRS)
        return answer

    def _shown(self, quota: Quota, *, applied: bool) -> dict[str, Any]:
        account = self.engine.account if applied else ""
        shown = {
            "ServiceCode": _CODE,
            "ServiceName": _NAME,
            "QuotaArn": f"arn:aws:servicequotas:{self.engine.region}:{account}:{_CODE}/{quota.code}",
            "QuotaCode": quota.code,
            "QuotaName": quota.name,
            "Value": self.engine.quotas.value(quota) if applied else quotas.DEFAULT,
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }
        return shown | ({"QuotaAppliedAtLevel": _LEVEL} if applied else {})


# The service's tokens are plain base64.
_OURS_TO_THEIRS = str.maketrans("-_", "+/")
_THEIRS_TO_OURS = str.maketrans("+/", "-_")


def _place(tokens: Tokens, request: Mapping[str, Any]) -> str:
    """Code of the last quota of the page before."""
    try:
        return str(tokens.read(request["NextToken"].translate(_THEIRS_TO_OURS))[0]) if request.get("NextToken") else ""
    except ValidationError as error:
        raise ValidationError(error.message, code="InvalidPaginationTokenException") from None


def _check_service(request: Mapping[str, Any]) -> None:
    if request["ServiceCode"] != _CODE:
        raise _no_such(f"The local engine has quotas for the service {_CODE} only, not for {request['ServiceCode']}.")


def _find(request: Mapping[str, Any]) -> Quota:
    _check_service(request)
    quota = quotas.catalog().get(request["QuotaCode"])
    if quota is None:
        raise _no_such(f"There is no quota {request['QuotaCode']} for the service {_CODE}.")
    return quota


def _no_such(words: str) -> NotFoundError:
    return NotFoundError(words, code="NoSuchResourceException")
