"""Images: there are none, and that is told as the service tells it."""

from __future__ import annotations

import pytest
from local_engine_parts import Parts

from jupyter_sm_ext.errors import NotFoundError, ValidationError


def test_there_are_none(parts: Parts) -> None:
    assert parts.call("ListImages", NameContains="a", SortBy="IMAGE_NAME") == {"Images": []}
    with pytest.raises(ValidationError, match="NextToken"):
        parts.call("ListImages", NextToken="x")


@pytest.mark.parametrize("operation", ["DescribeImage", "ListImageVersions", "DescribeImageVersion"])
def test_one_is_not_found(parts: Parts, operation: str) -> None:
    with pytest.raises(NotFoundError, match=r"Image \[arn:aws:sagemaker:us-east-1:000000000000:image/mine\] does not"):
        parts.call(operation, ImageName="mine")
