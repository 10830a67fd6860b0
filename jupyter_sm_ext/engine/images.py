"""Images of Studio's own registry: the engine has none, and says so as the service does of an account without any.

Apps run in the environment that the engine runs in, whatever image of AWS their ResourceSpec names; there is nothing to
start a custom image with, so none can be made.
"""

from __future__ import annotations

from typing import NoReturn

from jupyter_sm_ext.engine.family import Answer, Family, Request
from jupyter_sm_ext.errors import NotFoundError, ValidationError


class Images(Family):
    """ListImages and what asks for one image."""

    def list_images(self, request: Request) -> Answer:
        """List none."""
        if "NextToken" in request:
            raise ValidationError("NextToken is not one of a list that this engine gave.")
        return {"Images": []}

    def describe_image(self, request: Request) -> Answer:
        """Tell that there is no such image."""
        self._missing(request)

    def list_image_versions(self, request: Request) -> Answer:
        """Tell that there is no such image."""
        self._missing(request)

    def describe_image_version(self, request: Request) -> Answer:
        """Tell that there is no such image."""
        self._missing(request)

    def _missing(self, request: Request) -> NoReturn:
        arn = f"arn:aws:sagemaker:{self.engine.region}:{self.engine.account}:image/{request['ImageName']}"
        raise NotFoundError(f"Image [{arn}] does not exist.")
