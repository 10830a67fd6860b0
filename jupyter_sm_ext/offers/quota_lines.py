"""Which lines of Service Quotas a request is held against, and for how much.

The names are AWS's own, as seen in lists of real accounts (``docs/instances.md``). One place for both sides: the
engine refuses by them, `preflight` warns by them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PER_JOB = "Maximum number of instances per training job"
PER_SPOT_JOB = "Maximum number of instances per spot training job"
WARM_POOLS = "warm-pools"
#: Things that are counted one by one: the name of the line by kind, and the word for what is counted.
COUNTED: Mapping[str, tuple[str, str]] = {
    "domains": ("Total domains", "Domains"),
    "user-profiles": ("Maximum number of Studio user profiles allowed per account", "User profiles"),
    "spaces": ("Maximum number of Studio spaces allowed per account", "Spaces"),
}
#: One line for each instance type of each of these types of app.
APPS: Mapping[str, str] = {
    "JupyterLab": "Studio JupyterLab Apps running on {} instances",
    "CodeEditor": "Studio CodeEditor Apps running on {} instances",
    "KernelGateway": "Studio KernelGateway Apps running on {} instance",
    "JupyterServer": "Studio JupyterServer Apps running on {} instance",
    "RSessionGateway": "RSessionGateway Apps running on {} instance",
    "TensorBoard": "TensorBoard Apps running on {} instances",
}
_KINDS: Mapping[str, str] = {
    "CreateDomain": "domains",
    "CreateUserProfile": "user-profiles",
    "CreateSpace": "spaces",
}
_SETTINGS = ("SpaceSettings", "UserSettings", "DefaultUserSettings", "DefaultSpaceSettings")


@dataclass(frozen=True)
class Line:
    """One line of Service Quotas, and what a request asks of it.

    Parameters
    ----------
    name : str
        As AWS writes it.
    unit : str
        The service's word for what is counted: Instances, Apps, Domains, ...
    delta : int
        How many more the request wants.
    counted : str
        Kind of what is in use already, as in `resources`, or `WARM_POOLS`; empty if nothing else counts against it.
    instance_type : str, optional
        Only those on this type count.
    app_type : str, optional
        Only apps of this type count.
    spot : bool
        Of training jobs: those on spot instances count, else those that are not.
    later : bool
        The request itself starts nothing, but what it sets up will.
    group : int
        Which of several definitions it is of; their instances need not run at the same time.
    """

    name: str
    unit: str
    delta: int = 1
    counted: str = ""
    instance_type: str | None = None
    app_type: str | None = None
    spot: bool = False
    later: bool = False
    group: int = 0


def lines(operation: str, request: Mapping[str, Any], app_instance: str | None = None) -> list[Line]:
    """Lines that a request is held against, the telling ones first.

    Parameters
    ----------
    operation : str
        AWS operation name; one that starts nothing has none.
    request : mapping
        Its parameters, which the model has nothing against.
    app_instance : str, optional
        For CreateApp: the instance type that the app gets, if it is not the one in the request.
    """
    if operation == "CreateApp":
        instance = app_instance or request.get("ResourceSpec", {}).get("InstanceType")
        return [app_line(request["AppType"], instance)] if instance and request["AppType"] in APPS else []
    if operation == "CreateTrainingJob":
        return list(training_lines(request))
    if operation == "CreateHyperParameterTuningJob":
        return list(_tuning_lines(request))
    if operation == "CreateAlgorithm":
        profiles = request.get("ValidationSpecification", {}).get("ValidationProfiles", ())
        return [line for each in profiles for line in training_lines(each["TrainingJobDefinition"])]
    found = [counted_line(_KINDS[operation])] if operation in _KINDS else []
    return found + list(dict.fromkeys(_later_lines(request)))


def counted_line(kind: str) -> Line:
    """The line for one more of a kind of `COUNTED`."""
    name, unit = COUNTED[kind]
    return Line(name, unit, counted=kind)


def app_line(app_type: str, instance_type: str, *, later: bool = False) -> Line:
    """The line for one more app of a type of `APPS`."""
    name = APPS[app_type].format(instance_type)
    return Line(name, "Apps", 1, "apps", instance_type, app_type, later=later)


def training_lines(definition: Mapping[str, Any], copies: int = 1, group: int = 0) -> Iterator[Line]:
    """Lines of training jobs that run at the same time.

    Parameters
    ----------
    definition : mapping
        A CreateTrainingJob request, or a definition of a tuning job.
    copies : int
        How many of them run at once.
    group : int
        As in `Line`.
    """
    spot = bool(definition.get("EnableManagedSpotTraining"))
    if _resources(definition).get("TrainingPlanArn"):
        return  # what it runs on was bought before
    wanted = instances(definition)
    if wanted:
        yield Line(PER_SPOT_JOB if spot else PER_JOB, "Instances", wanted.total(), spot=spot, group=group)
    for instance_type, count in wanted.items():
        name = usage(instance_type, spot=spot)
        yield Line(name, "Instances", count * copies, "training-jobs", instance_type, spot=spot, group=group)
        if _resources(definition).get("KeepAlivePeriodInSeconds"):
            yield Line(warm(instance_type), "Instances", count * copies, WARM_POOLS, instance_type, group=group)
    if wanted:
        yield Line(total(spot=spot), "Instances", wanted.total() * copies, "training-jobs", spot=spot, group=group)


def instances(definition: Mapping[str, Any]) -> Counter[str]:
    """Instances of one training job, by type."""
    config = _resources(definition)
    # Of several configurations a trial takes one, the first if it can.
    groups = config.get("InstanceGroups") or config.get("InstanceConfigs", ())[:1] or [config]
    wanted: Counter[str] = Counter()
    for group in groups:
        if "InstanceType" in group:
            wanted[group["InstanceType"]] += int(group.get("InstanceCount", 1))
    return wanted


def usage(instance_type: str, *, spot: bool) -> str:
    """Name of the line for training on an instance type."""
    return f"{instance_type} for {'spot ' if spot else ''}training job usage"


def warm(instance_type: str) -> str:
    """Name of the line for instances that are kept for the next training job."""
    return f"{instance_type} for training warm pool usage"


def total(*, spot: bool) -> str:
    """Name of the line for instances of any type."""
    return f"Number of instances across all {'spot ' if spot else ''}training jobs"


def _resources(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (
        definition.get("ResourceConfig") or definition.get("HyperParameterTuningResourceConfig") or {}
    )
    return found


def _tuning_lines(request: Mapping[str, Any]) -> Iterator[Line]:
    parallel = int(request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"])
    definitions = [*request.get("TrainingJobDefinitions", ())]
    definitions += [request["TrainingJobDefinition"]] if "TrainingJobDefinition" in request else []
    for number, definition in enumerate(definitions):
        yield from training_lines(definition, parallel, number)


def _later_lines(request: Mapping[str, Any]) -> Iterator[Line]:
    """Lines of the apps for which a request sets an instance type."""
    for member in _SETTINGS:
        for app_type in APPS:
            spec = request.get(member, {}).get(f"{app_type}AppSettings", {}).get("DefaultResourceSpec", {})
            instance = spec.get("InstanceType")
            if instance and instance != "system":
                yield app_line(app_type, instance, later=True)
