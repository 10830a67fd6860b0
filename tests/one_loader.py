"""botocore's models, read once and not for each connection, which would be most of the time of a test of many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import botocore.loaders
import pytest

from jupyter_sm_ext.connections.aws_endpoints import fips_regions


@contextmanager
def one_loader() -> Iterator[None]:
    """All sessions made within share a loader."""
    fips_regions()  # from tables of its own: who asks for an address writes into those of his loader
    loader = botocore.loaders.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", lambda *_: loader)
        yield
