"""A value for every member that botocore's model knows, made from its own constraints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from jupyter_sm_ext.shapes.constraints import compiled

Path = tuple[str, ...]

_TEXTS = (
    "text",
    "other",
    "arn:aws:iam::000000000000:role/SageMakerLocalRole",
    "arn:aws:iam::111111111111:role/Other",
    "arn:aws:sagemaker:us-east-1:000000000000:image/one",
    "arn:aws:sagemaker:us-east-1:000000000000:image/two",
    "arn:aws:sagemaker:us-east-1:000000000000:image-version/one/1",
    "arn:aws:sagemaker:us-east-1:000000000000:image-version/one/2",
    "arn:aws:sagemaker:us-east-1:000000000000:studio-lifecycle-config/one",
    "arn:aws:sagemaker:us-east-1:000000000000:studio-lifecycle-config/two",
    "arn:aws:sagemaker:us-east-1:000000000000:training-plan/one",
    "arn:aws:sagemaker:us-east-1:000000000000:training-plan/two",
    "arn:aws:sagemaker:us-east-1:000000000000:mlflow-app/app-ABCDEFGHIJ",
    "arn:aws:sagemaker:us-east-1:000000000000:model-package-group/one",
    "arn:aws:sagemaker:us-east-1:000000000000:model-package/one/1",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/one/Model/two/1.0.0",
    "arn:aws:sagemaker:us-east-1:000000000000:hub-content/one/Model/two/1.0.0",
    "arn:aws:sagemaker:us-east-1:000000000000:model/one",
    "arn:aws:qbusiness:us-east-1:000000000000:application/12345678-1234-1234-1234-123456789012",
    "arn:aws:lambda:us-east-1:000000000000:function:one",
    "arn:aws:emr-serverless:us-east-1:000000000000:/applications/one",
    "arn:aws:iam::000000000000:policy/one",
    "arn:aws:secretsmanager:us-east-1:000000000000:secret:one",
    "arn:aws:codewhisperer:us-east-1:000000000000:profile/one",
    "arn:aws:sso::000000000000:application/one/apl-1",
    "arn:aws:sagemaker:us-east-1:aws:hub-content/one/DataSet/two/1.0.0",
    "d-0123456789ab",
    "UserName",
    "1.2",
    "3.4",
    "4K",
    "s3://sagemaker-us-east-1-000000000000/one",
    "s3://sagemaker-us-east-1-000000000000/two",
    "s3://bucket/one",
    "https://git.example.org/one/two",
    "https://git.example.org/one/three",
    "fs-0123456789",
    "fs-9876543210",
    "fsap-0123456789abcdef0",
    "sg-0123456789",
    "subnet-0123456789",
    "vpc-0123456789",
    "12",
    "13",
    "1.2.3",
    "123456789012",
    "210987654321",
    "000000000000.dkr.ecr.us-east-1.amazonaws.com/one:1",
    "/opt/ml/one",
    "/one/two",
    "path/to/one",
    "dzd_0123456789",
    "dzd_9876543210",
    "0123456789",
    "0123456789abcd",
    "one@example.org",
    "us-east-1",
    "ml.m5.large",
    "json",
    "a",
    "b",
    f"sha256:{0:064}",
)


def sample(shape: Shape, variant: int = 0) -> Any:
    """Something that keeps a shape's constraints, with all its members; another for another variant."""
    meta = shape.metadata
    if isinstance(shape, StructureShape):
        members = list(shape.members.items())
        if shape.is_tagged_union:
            members = members[:1]
        return {name: sample(member, variant) for name, member in members}
    if isinstance(shape, ListShape):
        return [sample(shape.member, variant + more) for more in range(max(1, meta.get("min", 1)))]
    if isinstance(shape, MapShape):
        return {sample(shape.key, variant): sample(shape.value, variant)}
    if shape.type_name == "boolean":
        return variant % 2 == 0
    if shape.type_name == "timestamp":
        return 1_700_000_000 + variant
    if shape.type_name in ("integer", "long"):
        low = meta.get("min", 1)
        return min(low + 1 + variant, meta.get("max", low + 1 + variant))
    if shape.type_name in ("float", "double"):
        return meta.get("min", 0.0) + 0.5 + variant / 4
    if "enum" in meta:
        return meta["enum"][variant % len(meta["enum"])]
    return _text(shape, variant)


def _text(shape: Shape, variant: int) -> str:
    meta = shape.metadata
    pattern = compiled(meta.get("pattern", "(?s).*"))
    low, high = meta.get("min", 0), meta.get("max", 10_000)
    fit = [text for text in _TEXTS if low <= len(text) <= high and pattern.fullmatch(text)]
    assert fit, f"no text for {shape.name} {meta}"
    return fit[variant % len(fit)]


def leaves(shape: Shape, path: Path = ()) -> Iterator[tuple[Path, Shape]]:
    """Every member that has a value of its own; a map is one, and a list."""
    if isinstance(shape, StructureShape) and shape.members:
        for name, member in shape.members.items():
            yield from leaves(member, (*path, name))
    else:
        yield path, shape


def alone(shape: StructureShape, path: Path, variant: int, value: Any = None) -> dict[str, Any]:
    """A request with one member only, and what is required beside it."""
    name, *rest = path
    made = {
        other: sample(shape.members[other], variant) for other in shape.required_members if other != name and len(path)
    }
    member = shape.members[name]
    if rest:
        assert isinstance(member, StructureShape)
        made[name] = alone(member, tuple(rest), variant, value)
    else:
        made[name] = sample(member, variant) if value is None else value
    return made


def smallest(shape: Shape) -> Any:
    """Something that keeps a shape's constraints, with the required members only."""
    if isinstance(shape, StructureShape):
        return {name: smallest(shape.members[name]) for name in shape.required_members}
    return [smallest(shape.member)] if isinstance(shape, ListShape) else sample(shape)


def at(whole: Any, path: Path) -> Any:
    """What is at a path; None if nothing is."""
    for name in path:
        if not isinstance(whole, dict):
            return None
        whole = whole.get(name)
    return whole
