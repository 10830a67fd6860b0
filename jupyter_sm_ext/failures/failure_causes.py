"""The causes of failures of jobs: by which words of the reason each is known, what it means, and what to do.

The words are those of SageMaker Neo's "Troubleshoot Neo Compilation Errors", those that training jobs have failed with
as people have met them, and those of the local engine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TRAINING, _COMPILATION, _TUNING = "training-jobs", "compilation-jobs", "tuning-jobs"
_RUNS_CODE = (_TRAINING, _TUNING)
_ALL = (_TRAINING, _COMPILATION, _TUNING)


@dataclass(frozen=True)
class Cause:
    """One cause of failures.

    Parameters
    ----------
    kinds : sequence of str
        Of the jobs that it can befall.
    words : pattern
        By which it is known in the reason.
    text, advice : str
        What it means, and what to do; named groups of the words can stand in them.
    """

    kinds: Sequence[str]
    words: re.Pattern[str]
    text: str
    advice: str


def _cause(kinds: Sequence[str], words: str, text: str, advice: str) -> Cause:
    return Cause(kinds, re.compile(words, re.IGNORECASE), text, advice)


# The first that fits is told, so what is special stands before what is general.
CAUSES = (
    # Limits of the job's own
    _cause(
        (_TRAINING,),
        r"^MaxRuntimeExceeded",
        "It was stopped because it ran for its MaxRuntimeInSeconds; what it had saved by then was stored.",
        "Give it a longer MaxRuntimeInSeconds, or checkpoints (CheckpointConfig) from which the next job goes on.",
    ),
    _cause(
        (_TRAINING,),
        r"^MaxWaitTimeExceeded",
        "It was stopped because waiting for spot capacity and running took its MaxWaitTimeInSeconds together.",
        "Give it a longer MaxWaitTimeInSeconds, run it without spot instances, or choose another instance type.",
    ),
    _cause(
        (_TRAINING, _COMPILATION),
        r"(?:exceeded|free within) MaxPendingTimeInSeconds",
        "No instance was free within its MaxPendingTimeInSeconds, so it never started.",
        "Try again later, give it a longer MaxPendingTimeInSeconds, or choose another instance type or region.",
    ),
    _cause(
        (_COMPILATION,),
        r"TimeOut|MaxRuntimeInSeconds",
        "It took longer than its StoppingCondition allows.",
        "Give it a longer MaxRuntimeInSeconds, and MaxWaitTimeInSeconds with it.",
    ),
    # Capacity and permissions
    _cause(
        _RUNS_CODE,
        r"CapacityError|InsufficientInstanceCapacity|Unable to provision requested ML compute",
        "AWS had no such instance free in the region. It is neither a quota nor a mistake in the job.",
        "Try again later, choose another instance type or region, or set MaxPendingTimeInSeconds to let it wait.",
    ),
    _cause(
        _ALL,
        r"not authorized to perform: (?P<action>[\w-]+:\w+)(?: on resource: (?P<about>\S+))?",
        "The job's role may not do what the job needs: {action} {about}",
        "Have {action} added to the role that the job has as RoleArn; a bucket or key of another account must allow the"
        " role, too.",
    ),
    _cause(
        _RUNS_CODE,
        r"PermissionError|Errno 13\b",
        "The script may not read or write a file where it runs.",
        "Read from the folders in SM_CHANNEL_*, write to those in SM_MODEL_DIR and SM_OUTPUT_DATA_DIR; look at the"
        " modes of the files that were packed.",
    ),
    _cause(
        _ALL,
        r"AccessDenied|Access Denied|Could not assume role|PassRole|\(403\)|Forbidden|permission denied",
        "The job's role was refused access to something that the job needs.",
        "Look whether the role in RoleArn trusts sagemaker.amazonaws.com, and may read the inputs, write the output and"
        " use their keys.",
    ),
    # Tuning
    _cause(
        (_TUNING,),
        r"No training job succeeded after",
        "The first training jobs have all failed, so the search was given up.",
        "Open one of the failed trials: its reason and its log tell what to mend; the others probably have the same.",
    ),
    _cause(
        (_TUNING, _TRAINING),
        r"No objective metrics? found|objective metric.*(?:not found|was not|could not)",
        "The script ran, but nothing that it printed was taken for the objective.",
        "Compare what the log shows with the metric's Regex in MetricDefinitions; its first group must be the number.",
    ),
    # What a script needs and does not find
    _cause(
        _RUNS_CODE,
        r"No module named '?(?P<module>[\w.]+)",
        "The script imports {module}, which is not there where it runs.",
        "Put it into a requirements.txt beside the script, or use an image that has it; on the local engine it can be"
        " installed into the interpreter that runs the script.",
    ),
    _cause(
        _RUNS_CODE,
        r"FileNotFoundError: .*?No such file or directory: '(?P<path>[^']+)'",
        "The script reads {path}, which is not there where it runs.",
        "Look at what the job's inputs hold: a channel is the folder in SM_CHANNEL_*, with the names that objects have"
        " below its S3Uri. Other files go with the script only if they are packed with it.",
    ),
    _cause(
        _RUNS_CODE,
        r"out of memory|OutOfMemory|MemoryError|Unable to allocate|instance type with more memory",
        "It ran out of memory, of the instance or of its accelerator.",
        "Take smaller batches, or an instance type with more memory.",
    ),
    _cause(
        _RUNS_CODE,
        r"exit code: 137\b|ExitCode 137\b|signal 9\b|SIGKILL",
        "It was killed (exit code 137), which nearly always means that the instance had no memory left.",
        "Take smaller batches or fewer data loaders, or an instance type with more memory.",
    ),
    _cause(
        _RUNS_CODE,
        r"exit code: 139\b|ExitCode 139\b|signal 11\b|SIGSEGV",
        "A library of native code crashed (exit code 139, a segmentation fault).",
        "Look in the log for what ran last; versions of packages that do not fit each other are the usual cause.",
    ),
    _cause(
        _RUNS_CODE,
        r"exit code: 143\b|ExitCode 143\b|SIGTERM",
        "It was told to end (exit code 143) and did.",
        "If nobody stopped it, the script or one of its libraries ended its own processes: the log's last lines tell.",
    ),
    _cause(
        _RUNS_CODE,
        r"exit code: 12[67]\b|ExitCode 12[67]\b|no program is called|command not found",
        "What was to be run is not there, or cannot be run.",
        "Look at the script's name, the ContainerEntrypoint and the image; a shell script needs its #! line and mode.",
    ),
    _cause(
        (*_RUNS_CODE, _COMPILATION),
        r"No space left on device|Insufficient disk space|disk is full",
        "The disk was full.",
        "Give it a larger VolumeSizeInGB, or stream the data (FastFile or Pipe mode) instead of copying it.",
    ),
    # Inputs and images of training jobs
    _cause(
        _RUNS_CODE,
        r"Data download failed|No S3 objects found|Failed to download data|sagemaker_submit_directory",
        "An input, or the script's archive, could not be read from S3.",
        "Look whether each channel's S3 URI is right, in the job's region and not empty, and readable by its role.",
    ),
    _cause(
        _RUNS_CODE,
        r"Artifact upload failed|Failed to upload",
        "It ran, but what it made could not be stored in S3.",
        "Look whether the bucket of S3OutputPath is there, and whether the job's role may write to it and use its key.",
    ),
    _cause(
        _RUNS_CODE,
        r"CannotPullContainer|pull (?:access denied|image)|repository .*(?:does not exist|not found)|No such image",
        "The image could not be fetched.",
        "Look at its name, tag and region, and whether the job's role and the repository's policy allow to pull it.",
    ),
    _cause(
        _RUNS_CODE,
        r"Docker image's own entry point cannot run on the local engine",
        "The local engine runs scripts as processes of this machine, not Docker images.",
        "Give the job a script, as sm.train() and the magics do; or switch to an AWS connection for this image.",
    ),
    _cause(
        _RUNS_CODE,
        r"required hyperparameter|hyperparameter.*(?:invalid|not valid|is not in|validation)",
        "The algorithm does not take these hyperparameters.",
        "Look the one that the reason names up in the algorithm's documentation, and change the job.",
    ),
    # Compilation
    _cause(
        (_COMPILATION,),
        r"S3 object does not exist\. Bucket: (?P<bucket>[^,]+), Key: (?P<key>\S+)",
        "There is no model at s3://{bucket}/{key}.",
        "Upload it there, or correct InputConfig.S3Uri: it names one tar.gz file, not a folder.",
    ),
    _cause(
        (_COMPILATION,),
        r"Bucket (?P<bucket>\S+) is in region (?P<there>\S+) which is different from",
        "The bucket {bucket} is in {there}, and jobs read only from buckets of their own region.",
        "Copy the model to a bucket of the region of this connection, or compile in {there}.",
    ),
    _cause(
        (_COMPILATION,),
        r"Unable to untar",
        "The model is not packed as the compiler expects it.",
        "Pack it as a gzip compressed tar archive with the model's file in it: tar -czf model.tar.gz model.onnx",
    ),
    _cause(
        (_COMPILATION,),
        r"lies outside of it",
        "A path in the archive leads out of it, so it was not unpacked.",
        "Pack it again from the folder of the model, without absolute paths and without '..'.",
    ),
    _cause(
        (_COMPILATION,),
        r"No \S+ file provided|Exactly one .* file is allowed|Multiple \S+ files provided|Only one parameter file",
        "The archive must hold exactly one model of the framework that was chosen, and does not.",
        "Pack one model alone (TensorFlow .pb, Keras .h5, PyTorch .pth, ONNX .onnx, TFLite .tflite, MXNet one .json and"
        " one .params), and look whether InputConfig.Framework is the right one.",
    ),
    _cause(
        (_COMPILATION,),
        r"wrong shape in Input Shape|Input names in Input Shape",
        "The names or shapes in DataInputConfig are not those of the model's inputs.",
        "Write each input of the model with its whole shape; most frameworks want NCHW, TensorFlow and TFLite NHWC.",
    ),
    _cause(
        (_COMPILATION,),
        r"Specify it with DataInputConfig|extract DataInputConfig|input_config_derivation_error",
        "The model itself does not say how large its inputs are.",
        'Give their shapes in InputConfig.DataInputConfig, as in {{"input": [1, 3, 224, 224]}}.',
    ),
    _cause(
        (_COMPILATION,),
        r"OperatorAttribute(?:NotImplemented|Required|ValueNotValid)",
        "The compiler knows this operator of the model, but not with these attributes.",
        "Change that layer, export the model with another opset or version, or choose another target.",
    ),
    _cause(
        (_COMPILATION,),
        r"OperatorNotImplemented|operators are not implemented|cannot convert|Unsupported operator",
        "The model has operators that the compiler does not know.",
        "Look the operator up in Neo's list of supported ones for this framework and target; replace that layer, or"
        " choose another framework or target.",
    ),
    _cause(
        (_COMPILATION,),
        r"Unable to load provided|Framework cannot load",
        "The file is there, but the framework cannot read it.",
        "Look whether Framework and FrameworkVersion are those that saved the model, and whether the file is whole.",
    ),
    _cause(
        (_COMPILATION,),
        r"local engine does not have (?P<compiler>.+?)\. (?:It compiles|Convert)",
        "This machine has no compiler for that: {compiler} is needed.",
        "Compile an ONNX model for a CPU (ml_c5, for instance) here, or switch to an AWS connection for this target.",
    ),
    _cause(
        (_COMPILATION,),
        r"cannot import them",
        "The packages with which the local engine compiles are not installed where it runs.",
        "Install them: pip install 'jupyter-sm-ext[compile]', then start the job again.",
    ),
    _cause(
        (_COMPILATION,),
        r"InputConfiguration",
        "The compiler does not take the model as it was given.",
        "Compare InputConfig (S3Uri, Framework, DataInputConfig) with the model; the log tells how far it came.",
    ),
    _cause(
        (_COMPILATION,),
        r"CompilationError|Unable to compile",
        "The model was read, but could not be compiled for this target.",
        "The log's last lines name the operator or the limit; try another target, or simplify that part of the model.",
    ),
    # What is left
    _cause(
        _ALL,
        r"InternalServerError|internal (?:server )?error",
        "Something around the job broke, not the job: on AWS the service, on this machine its process.",
        "Start it again. With a RetryStrategy, a training job is started again by itself.",
    ),
    _cause(
        _RUNS_CODE,
        r"ExecuteUserScriptError|AlgorithmError",
        "The script ended with an error.",
        "The end of the log has the traceback, which tells what went wrong and where.",
    ),
)
