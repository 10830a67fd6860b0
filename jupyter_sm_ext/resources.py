"""The spine: one row for each kind of thing SageMaker keeps.

Operations, routes, forms and the engine's dispatch are derived from these rows; a new resource is a new row.
Names, states and keys are those of botocore's service model; all but the last are of the release of 2023-11-16.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_STUDIO_BUSY = frozenset({"Pending", "Updating", "Deleting"})
_STUDIO_FAILED = frozenset({"Failed", "Update_Failed", "Delete_Failed"})
_JOB_VERBS = frozenset({"create", "describe", "list", "stop", "delete"})
_STUDIO_VERBS = frozenset({"create", "describe", "list", "update", "delete"})


@dataclass(frozen=True)
class Resource:
    """One kind of thing SageMaker keeps.

    Parameters
    ----------
    noun : str
        AWS's word in operation names, as in ``CreateTrainingJob``.
    kind : str
        Our word in REST paths and events.
    key : tuple of str
        Request members that name one, in the order of the REST path.
    verbs : frozenset of str
        Which of create, describe, list, update, delete and stop exist for it.
    status : str
        Response member that holds the status.
    summaries : str
        Member of the List response that holds the page.
    transitional : frozenset of str
        Statuses that change by themselves: worth watching.
    failed : frozenset of str
        Statuses that mean it did not work.
    owners : mapping of str to str
        Request member of each possible owner, by its word in the REST path; the path then reads
        ``{first key}/{owner word}/{owner}/{rest of key}``.
    arn_type : str
        Resource type in its ARN.
    logs : str, optional
        Log group of its logs in CloudWatch Logs; a stream is named by the job, or by the job, a slash and more.
    """

    noun: str
    kind: str
    key: tuple[str, ...]
    verbs: frozenset[str]
    status: str
    summaries: str
    transitional: frozenset[str]
    failed: frozenset[str]
    arn_type: str
    logs: str | None = None
    owners: Mapping[str, str] | None = None

    @property
    def arn(self) -> str:
        """Response member that holds the ARN."""
        return f"{self.noun}Arn"

    @property
    def names_itself(self) -> bool:
        """Whether the service makes the key of a new one: two of a name are two then, not a conflict."""
        return f"{self.noun}Name" not in self.key

    def operation(self, verb: str) -> str:
        """AWS operation name of a verb.

        Raises
        ------
        KeyError
            This resource has no such verb.
        """
        if verb not in self.verbs:
            raise KeyError(verb)
        return f"{verb.capitalize()}{self.noun}{'s' if verb == 'list' else ''}"

    def path_parameters(self) -> tuple[str, ...]:
        """Names of the REST path's parts that name one of these, in order."""
        if not self.owners:
            return self.key
        return (self.key[0], "OwnerType", "OwnerName", *self.key[1:])

    def key_request(self, parts: tuple[str, ...]) -> dict[str, str]:
        """Turn the parts of a REST path into the request members that name one.

        Raises
        ------
        ValueError
            Wrong number of parts, or an unknown owner word.
        """
        names = self.path_parameters()
        if len(parts) != len(names):
            raise ValueError(f"a {self.noun} is named by {'/'.join(names)}, not by {'/'.join(parts)}")
        return self.members(parts)

    def members(self, parts: tuple[str, ...]) -> dict[str, str]:
        """Turn the first parts of a REST path into request members: all that is in the same place has these.

        Raises
        ------
        ValueError
            An unknown owner word.
        """
        given = dict(zip(self.path_parameters(), parts, strict=False))
        if self.owners and "OwnerName" in given:
            owner = self.owners.get(given.pop("OwnerType"))
            if owner is None:
                raise ValueError(f"the owner of a {self.noun} is one of: {', '.join(self.owners)}")
            given[owner] = given.pop("OwnerName")
        return given

    def key_made(self, request: Mapping[str, object], answer: Mapping[str, object]) -> tuple[str, ...]:
        """Parts of the REST path that name the one that a Create operation has made.

        A key that the service makes is told by the end of the ARN alone in the release of 2023-11-16, as by moto now.
        """
        made = {self.key[-1]: str(answer[self.arn]).rpartition("/")[2]} if self.names_itself else {}
        return self.key_parts({**made, **request, **answer})

    def key_parts(self, described: Mapping[str, object]) -> tuple[str, ...]:
        """Parts of the REST path that name the one that a response or summary describes."""
        if not self.owners:
            return tuple(str(described[name]) for name in self.key)
        for word, member in self.owners.items():
            if described.get(member):
                rest = (str(described[name]) for name in self.key[1:])
                return (str(described[self.key[0]]), word, str(described[member]), *rest)
        raise ValueError(f"this {self.noun} has no owner")


_ROWS = (
    Resource(
        noun="Domain",
        kind="domains",
        key=("DomainId",),
        verbs=_STUDIO_VERBS,
        status="Status",
        summaries="Domains",
        transitional=_STUDIO_BUSY,
        failed=_STUDIO_FAILED,
        arn_type="domain",
    ),
    Resource(
        noun="UserProfile",
        kind="user-profiles",
        key=("DomainId", "UserProfileName"),
        verbs=_STUDIO_VERBS,
        status="Status",
        summaries="UserProfiles",
        transitional=_STUDIO_BUSY,
        failed=_STUDIO_FAILED,
        arn_type="user-profile",
    ),
    Resource(
        noun="Space",
        kind="spaces",
        key=("DomainId", "SpaceName"),
        verbs=_STUDIO_VERBS,
        status="Status",
        summaries="Spaces",
        transitional=_STUDIO_BUSY,
        failed=_STUDIO_FAILED,
        arn_type="space",
    ),
    Resource(
        noun="App",
        kind="apps",
        key=("DomainId", "AppType", "AppName"),
        verbs=frozenset({"create", "describe", "list", "delete"}),
        status="Status",
        summaries="Apps",
        transitional=frozenset({"Pending", "Deleting"}),
        failed=frozenset({"Failed"}),
        arn_type="app",
        owners={"space": "SpaceName", "profile": "UserProfileName"},
    ),
    Resource(
        noun="Algorithm",
        kind="algorithms",
        key=("AlgorithmName",),
        verbs=frozenset({"create", "describe", "list", "delete"}),
        status="AlgorithmStatus",
        summaries="AlgorithmSummaryList",
        transitional=frozenset({"Pending", "InProgress", "Deleting"}),
        failed=frozenset({"Failed"}),
        arn_type="algorithm",
    ),
    Resource(
        noun="TrainingJob",
        kind="training-jobs",
        key=("TrainingJobName",),
        verbs=_JOB_VERBS,
        status="TrainingJobStatus",
        summaries="TrainingJobSummaries",
        transitional=frozenset({"InProgress", "Stopping", "Deleting"}),
        failed=frozenset({"Failed"}),
        arn_type="training-job",
        logs="/aws/sagemaker/TrainingJobs",
    ),
    Resource(
        noun="HyperParameterTuningJob",
        kind="tuning-jobs",
        key=("HyperParameterTuningJobName",),
        verbs=_JOB_VERBS,
        status="HyperParameterTuningJobStatus",
        summaries="HyperParameterTuningJobSummaries",
        transitional=frozenset({"InProgress", "Stopping", "Deleting"}),
        failed=frozenset({"Failed", "DeleteFailed"}),
        arn_type="hyper-parameter-tuning-job",
    ),
    Resource(
        noun="CompilationJob",
        kind="compilation-jobs",
        key=("CompilationJobName",),
        verbs=_JOB_VERBS,
        status="CompilationJobStatus",
        summaries="CompilationJobSummaries",
        transitional=frozenset({"STARTING", "INPROGRESS", "STOPPING"}),
        failed=frozenset({"FAILED"}),
        arn_type="compilation-job",
        logs="/aws/sagemaker/CompilationJobs",
    ),
    Resource(
        noun="ProcessingJob",
        kind="processing-jobs",
        key=("ProcessingJobName",),
        verbs=_JOB_VERBS,
        status="ProcessingJobStatus",
        summaries="ProcessingJobSummaries",
        transitional=frozenset({"InProgress", "Stopping"}),
        failed=frozenset({"Failed"}),
        arn_type="processing-job",
        logs="/aws/sagemaker/ProcessingJobs",
    ),
)

BY_KIND: Mapping[str, Resource] = {row.kind: row for row in _ROWS}
BY_NOUN: Mapping[str, Resource] = {row.noun: row for row in _ROWS}

TRIALS = "ListTrainingJobsForHyperParameterTuningJob"
"""What lists a tuning job's training jobs; no verb of a row has its name."""


def resources() -> Iterator[Resource]:
    """Every row, in the order in which a user meets them."""
    return iter(_ROWS)


def resource(name: str) -> Resource:
    """Find a row by its AWS noun or by its kind.

    Raises
    ------
    KeyError
        No such resource.
    """
    found = BY_NOUN.get(name) or BY_KIND.get(name)
    if found is None:
        raise KeyError(f"no resource is called {name!r}; there are: {', '.join(BY_KIND)}")
    return found
