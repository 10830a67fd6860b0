"""The input channels of a training job: where their objects are, and which of them go to which instance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyter_sm_ext.engine.hosts import Host, hosts
from jupyter_sm_ext.errors import NotFoundError, ValidationError

if TYPE_CHECKING:
    from jupyter_sm_ext.engine.context import Engine
    from jupyter_sm_ext.engine.s3.objects import Objects

Json = dict[str, Any]

AUGMENTED = "AugmentedManifestFile"
MANIFESTS = ("ManifestFile", AUGMENTED)
"""What an S3Uri is where it is no prefix."""


def bucket_and_key(uri: str, member: str) -> tuple[str, str]:
    """Take an S3 URI apart.

    Raises
    ------
    ValidationError
        It is none.
    """
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not bucket:
        raise ValidationError(f"{member} must be s3://bucket/key, not {uri!r}.")
    return bucket, key


def mode(body: Json, channel: Json) -> str:
    """The input mode of a channel: its own, else that of the job."""
    found: str = channel.get("InputMode") or body["AlgorithmSpecification"].get("TrainingInputMode") or "File"
    return found


def of_host(body: Json, host: Host) -> list[Json]:
    """The channels that an instance gets: all, but for those of other instance groups."""
    return [channel for channel in body.get("InputDataConfig", []) if host in _receivers(body, channel)]


def told(body: Json, channel: Json) -> Json:
    """What ``inputdataconfig.json`` says of a channel."""
    source = channel["DataSource"]["S3DataSource"]
    found = {
        "TrainingInputMode": mode(body, channel),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return {**found, **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})}


def files(objects: Objects, body: Json, channel: Json, host: Host) -> Json:
    """What the supervisor is to put into a channel's directory on an instance.

    Raises
    ------
    NotFoundError, ValidationError
        The bucket is gone, or the key is none.
    """
    source = channel["DataSource"]["S3DataSource"]
    bucket, key = bucket_and_key(source["S3Uri"], "S3Uri")
    found: Json = {"name": channel["ChannelName"], "home": str(objects.bucket(bucket)), "prefix": key, "files": []}
    if source["S3DataType"] in MANIFESTS:
        found["manifest"] = {
            "uri": source["S3Uri"],
            "path": str(objects.path(bucket, key)),
            "buckets": str(objects.root),
        }
    elif _is_object(objects, bucket, key):
        # An object with just this key may be kept aside (see objects.py); below a prefix, such keys are no file's name.
        found["files"] = [[str(objects.path(bucket, key)), key.rpartition("/")[2]]]
    if source.get("S3DataDistributionType") == "ShardedByS3Key":
        receivers = _receivers(body, channel)
        found["shard"] = [receivers.index(host), len(receivers)]
    # FastFile shows objects as files that cannot be written.
    found["read_only"] = mode(body, channel) == "FastFile"
    if mode(body, channel) == "Pipe":
        found["pipe"] = {
            "record_io": channel.get("RecordWrapperType") == "RecordIO",
            "gzip": channel.get("CompressionType") == "Gzip",
            "seed": channel.get("ShuffleConfig", {}).get("Seed"),
            **({"attributes": source["AttributeNames"]} if "AttributeNames" in source else {}),
        }
    return found


def check_target(engine: Engine, uri: str, member: str, *, folder: bool) -> None:
    """Refuse a place for outputs that cannot be one.

    Parameters
    ----------
    uri, member : str
        The place, and where the request names it.
    folder : bool
        Whether it becomes many files: that needs a directory, and not every key can be one.

    Raises
    ------
    ValidationError
        It is no S3 URI, there is no such bucket, or its key is no directory's name.
    """
    bucket, key = bucket_and_key(uri, member)
    if folder and key and {"", ".", ".."} & set(key.removesuffix("/").split("/")):
        raise ValidationError(f"{member}: the local engine takes no empty, . or .. parts in {uri!r} here.")
    try:
        engine.objects.bucket(bucket)
    except NotFoundError as error:
        raise ValidationError(f"{member}: the bucket {bucket} does not exist.") from error


def check(engine: Engine, source: Json, role: str) -> None:
    """Refuse an S3DataSource where there is nothing: no object below the prefix, no manifest, or no bucket.

    Raises
    ------
    ValidationError
        In the service's words.
    """
    objects = engine.objects
    bucket, key = bucket_and_key(source["S3Uri"], "S3Uri")
    if source["S3DataType"] in MANIFESTS:
        found = _is_object(objects, bucket, key)
    else:
        try:
            found = next(iter(objects.keys(bucket, key)), None) is not None
        except NotFoundError:
            found = False
    if not found:
        raise ValidationError(
            f'No S3 objects found under S3 URL "{source["S3Uri"]}" given in input data source. Please ensure that '
            f"the bucket exists in the selected region ({engine.region}), that objects exist under that S3 prefix, "
            f'and that the role "{role}" has "s3:ListBucket" permissions on bucket "{bucket}".'
        )


def _receivers(body: Json, channel: Json) -> list[Host]:
    groups = channel["DataSource"]["S3DataSource"].get("InstanceGroupNames")
    return [host for host in hosts(body["ResourceConfig"]) if not groups or host.group in groups]


def _is_object(objects: Objects, bucket: str, key: str) -> bool:
    return bool(key) and not key.endswith("/") and objects.exists(bucket, key)
