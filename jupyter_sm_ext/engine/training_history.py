"""How a training job's Describe response changes from its creation to its end.

The order of statuses and their messages are those of a real job's history; where a time comes twice (the end of one
status and the start of the next) it is the same number.
"""

from __future__ import annotations

from typing import Any

from jupyter_sm_ext.engine import container, script

Json = dict[str, Any]

REASON_CHARACTERS = 1024
_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Pending": "Training job waiting for capacity",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Stopping": "Stopping the training job",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "Interrupted": "Training job interrupted",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
    "MaxWaitTimeExceeded": "Training job runtime exceeded MaxWaitTimeInSeconds provided",
}
LIMITS = {"max_runtime": "MaxRuntimeExceeded", "max_wait": "MaxWaitTimeExceeded"}
"""The secondary status of a job that a limit of its time has ended."""
_UNUSED = ("Interrupted", "Starting", "Pending")
PENDING_TOO_LONG = "Training job pending time exceeded MaxPendingTimeInSeconds provided"
INTERNAL_ERROR = "InternalServerError: We encountered an internal error. Please try again."


def begin(body: Json, at: float) -> None:
    """Enter the first status.

    Parameters
    ----------
    body : dict
        A Describe response in the making.
    at : float
        Epoch seconds.
    """
    body["TrainingJobStatus"] = "InProgress"
    body["SecondaryStatusTransitions"] = []
    enter(body, "Starting", at)


def enter(body: Json, status: str, at: float) -> float:
    """Go over to a secondary status; gives the time it began.

    Parameters
    ----------
    body : dict
        The Describe response.
    status : str
        A SecondaryStatus.
    at : float
        Epoch seconds. Clocks jump; a history does not: it is never before the status that ends.
    """
    history = body["SecondaryStatusTransitions"]
    at = round(at, 3)
    if history:
        at = max(at, history[-1]["StartTime"])
        history[-1]["EndTime"] = at
    history.append({"Status": status, "StartTime": at, "StatusMessage": _MESSAGES[status]})
    body["SecondaryStatus"] = status
    if status == "Stopping":
        body["TrainingJobStatus"] = "Stopping"
    return at


def end(
    body: Json,
    status: str,
    at: float,
    *,
    secondary: str | None = None,
    reason: str | None = None,
    message: str | None = None,
) -> None:
    """Enter the last status.

    Parameters
    ----------
    body : dict
        The Describe response.
    status : str
        A terminal TrainingJobStatus.
    at : float
        Epoch seconds.
    secondary : str, optional
        The SecondaryStatus, if it is another.
    reason : str, optional
        FailureReason.
    message : str, optional
        StatusMessage, if it is another than the status has otherwise.
    """
    at = enter(body, secondary or status, at)
    if message is not None:
        body["SecondaryStatusTransitions"][-1]["StatusMessage"] = message
    body["SecondaryStatusTransitions"][-1]["EndTime"] = at
    body["TrainingJobStatus"] = status
    body["TrainingEndTime"] = at
    if reason is not None:
        body["FailureReason"] = reason[:REASON_CHARACTERS]
    if "TrainingStartTime" in body:
        # The model's minimum is 1; the service rounds to seconds too.
        seconds = at - body["TrainingStartTime"]
        body["TrainingTimeInSeconds"] = max(1, round(seconds))
        body["BillableTimeInSeconds"] = max(1, round(seconds - _unused(body)))


def _unused(body: Json) -> float:
    """Seconds between the start of training and its end in which the job had no instances."""
    return float(
        sum(
            one["EndTime"] - one["StartTime"]
            for one in body["SecondaryStatusTransitions"]
            if one["Status"] in _UNUSED and one["StartTime"] >= body["TrainingStartTime"]
        )
    )


def end_as(body: Json, result: Json, command: list[str]) -> None:
    """Enter the last status by what the supervisor tells.

    Parameters
    ----------
    body : dict
        The Describe response.
    result : dict
        The attempt's ``exit.json``.
    command : list of str
        What was run, for the failure's text.
    """
    if "model" in result["stored"]:
        body["ModelArtifacts"] = {"S3ModelArtifacts": container.outputs(body)["model"]}
    at, code = result["time"], result["code"]
    if result["error"]:
        end(body, "Failed", at, reason=result["error"])
    elif result["ended_by"] in LIMITS:
        end(body, "Stopped", at, secondary=LIMITS[result["ended_by"]])
    elif result["ended_by"] == "stop" or body["TrainingJobStatus"] == "Stopping":
        end(body, "Stopped", at)
    elif code == 0:
        end(body, "Completed", at)
    else:
        end(body, "Failed", at, reason=failure(result, command, is_script=script.program(body) is not None))


def failure(result: Json, command: list[str], *, is_script: bool) -> str:
    """FailureReason of a command that failed.

    What it wrote to ``output/failure``, else what the sagemaker-training toolkit would have written there for a script
    (its ``ExecuteUserScriptError``), with what the log says last; then the exit code, whatever is cut.
    """
    tail = f", exit code: {result['code']}"
    text = result["failure"]
    if not text and is_script:
        text = (
            f"ExecuteUserScriptError:\nExitCode {result['code']}\n"
            f'ErrorMessage "{result["last_words"]}"\nCommand "{" ".join(command)}"'
        )
    text = f"AlgorithmError: {text or result['last_words']}"
    return text[: REASON_CHARACTERS - len(tail)] + tail
