"""Each option of a cell: the request that it makes, the same in Python, and what is said of a wrong one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from nowhere import NowhereConnection

from jupyter_sm_ext.commands.arguments import HelpWanted
from jupyter_sm_ext.commands.cell_arguments import read_train, read_tune, split_line
from jupyter_sm_ext.connections.connection import Choice, Connection, open_connection
from jupyter_sm_ext.errors import ValidationError
from jupyter_sm_ext.handles.start import train, tune
from jupyter_sm_ext.launching.launch import Plan, plan_training, plan_tuning
from jupyter_sm_ext.launching.option_rules import check_request
from jupyter_sm_ext.launching.options import SHORT, JobOptions, TuningOptions, keywords
from jupyter_sm_ext.launching.source import Script
from jupyter_sm_ext.model import get_model
from jupyter_sm_ext.studio import Studio

SCRIPT = Script("print('hello')\n", "train.py")
ROLE = "arn:aws:iam::123456789012:role/Own"
ARN = "arn:aws:sagemaker:us-east-1:123456789012:algorithm/mine"


@pytest.fixture
def here(tmp_path: Path) -> Connection:
    return NowhereConnection(tmp_path)


@pytest.fixture
def aws(tmp_path: Path) -> Connection:
    return open_connection(Choice("aws", region="us-east-1", role=ROLE, bucket="mine"), tmp_path)


def planned(connection: Connection, line: str, script: Script = SCRIPT) -> Plan:
    """What a cell with these options would start."""
    words = split_line(f"{line} --name job-1")
    if "--objective" not in words:
        return plan_training(connection, script, read_train(words).options)
    options = read_tune(words).options
    assert isinstance(options, TuningOptions)
    return plan_tuning(connection, script, options)


def at(request: dict[str, Any], path: str) -> Any:
    found: Any = request
    for name in path.split("."):
        found = found[int(name)] if isinstance(found, list) else found[name]
    return found


TRAINING: list[tuple[str, str, Any]] = [
    ("--instance ml.trn1.2xlarge", "ResourceConfig.InstanceType", "ml.trn1.2xlarge"),
    ("--instance-type ML.TRN1.32xlarge", "ResourceConfig.InstanceType", "ml.trn1.32xlarge"),
    ("--count 3", "ResourceConfig.InstanceCount", 3),
    ("--instance-count 3", "ResourceConfig.InstanceCount", 3),
    ("--volume-size 7", "ResourceConfig.VolumeSizeInGB", 7),
    ("--warm-pool 1h", "ResourceConfig.KeepAlivePeriodInSeconds", 3600),
    ("--spot", "EnableManagedSpotTraining", True),
    ("--spot", "StoppingCondition", {"MaxRuntimeInSeconds": 86_400, "MaxWaitTimeInSeconds": 86_400}),
    (
        "--spot --max-runtime 1h --max-wait 2h",
        "StoppingCondition",
        {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
    ),
    ("--max-runtime 90s", "StoppingCondition", {"MaxRuntimeInSeconds": 90}),
    ("--max-pending 2h", "StoppingCondition.MaxPendingTimeInSeconds", 7200),
    (f"--role {ROLE}2", "RoleArn", f"{ROLE}2"),
    ("--image 1.dkr.ecr/x:1", "AlgorithmSpecification.TrainingImage", "1.dkr.ecr/x:1"),
    ("--env A=b --env C=d=e", "Environment.C", "d=e"),
    ("--hp lr=0.1 --hp word=hi --hp on=true", "HyperParameters.lr", "0.1"),
    ("--hp word=hi", "HyperParameters.word", '"hi"'),
    ("--hp on=true", "HyperParameters.on", "true"),
    ("--data train=s3://b/k --data more=s3://c", "InputDataConfig.1.ChannelName", "more"),
    ("--data train=s3://b/k", "InputDataConfig.0.DataSource.S3DataSource.S3Uri", "s3://b/k"),
    ("--output s3://b/out", "OutputDataConfig.S3OutputPath", "s3://b/out"),
    ("--checkpoints s3://b/cp", "CheckpointConfig", {"S3Uri": "s3://b/cp"}),
    ("--tag team=a --tag 'cost center=b c'", "Tags.1", {"Key": "cost center", "Value": "b c"}),
    ("--metric loss=L(.*)", "AlgorithmSpecification.MetricDefinitions", [{"Name": "loss", "Regex": "L(.*)"}]),
]  # fmt: skip
TUNING: list[tuple[str, str, Any]] = [
    ("--minimize", "HyperParameterTuningJobConfig.HyperParameterTuningJobObjective.Type", "Minimize"),
    ("--max-jobs 3", "HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs", 3),
    ("--parallel 3", "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs", 3),
    ("--max-tuning-time 1h", "HyperParameterTuningJobConfig.ResourceLimits.MaxRuntimeInSeconds", 3600),
    ("--strategy random", "HyperParameterTuningJobConfig.Strategy", "Random"),
    ("--seed 7", "HyperParameterTuningJobConfig.RandomSeed", 7),
    ("--early-stopping", "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType", "Auto"),
    ("--target 0.9", "HyperParameterTuningJobConfig.TuningJobCompletionCriteria", {"TargetObjectiveMetricValue": 0.9}),
    (
        "--not-improving 5 --convergence",
        "HyperParameterTuningJobConfig.TuningJobCompletionCriteria",
        {
            "BestObjectiveNotImproving": {"MaxNumberOfTrainingJobsNotImproving": 5},
            "ConvergenceDetected": {"CompleteOnConvergence": "Enabled"},
        },
    ),
    (
        "--strategy hyperband --min-resource 1 --max-resource 9",
        "HyperParameterTuningJobConfig.StrategyConfig",
        {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}},
    ),
    (
        "--warm-start one,two",
        "WarmStartConfig",
        {
            "ParentHyperParameterTuningJobs": [
                {"HyperParameterTuningJobName": "one"},
                {"HyperParameterTuningJobName": "two"},
            ],
            "WarmStartType": "IdenticalDataAndAlgorithm",
        },
    ),
    ("--warm-start one --warm-start-type transfer", "WarmStartConfig.WarmStartType", "TransferLearning"),
    ("--warm-start one --warm-start-type transferlearning", "WarmStartConfig.WarmStartType", "TransferLearning"),
]


@pytest.mark.parametrize(("line", "path", "wanted"), TRAINING)
def test_an_option_of_a_training_job(aws: Connection, line: str, path: str, wanted: Any) -> None:
    plan = planned(aws, line)
    assert at(plan.request, path) == wanted
    get_model().validate("CreateTrainingJob", plan.request)


@pytest.mark.parametrize(("line", "path", "wanted"), TRAINING)
def test_the_same_option_of_a_tuning_job(aws: Connection, line: str, path: str, wanted: Any) -> None:
    plan = planned(aws, f"x=1..5 --objective loss {line}")
    path = path.replace("HyperParameters", "StaticHyperParameters")
    assert at(plan.request, path if path.startswith("Tags") else f"TrainingJobDefinition.{path}") == wanted
    get_model().validate("CreateHyperParameterTuningJob", plan.request)


@pytest.mark.parametrize(("line", "path", "wanted"), TUNING)
def test_an_option_of_a_tuning_job(aws: Connection, line: str, path: str, wanted: Any) -> None:
    plan = planned(aws, f"x=1..5 --objective loss {line}")
    assert at(plan.request, path) == wanted
    get_model().validate("CreateHyperParameterTuningJob", plan.request)


def test_a_grid_has_as_many_jobs_as_it_has_cells(here: Connection) -> None:
    plan = planned(here, "a=1|2|3 b=x|y --objective loss --strategy grid")
    assert plan.request["HyperParameterTuningJobConfig"]["ResourceLimits"] == {"MaxParallelTrainingJobs": 2}
    plan = planned(here, "a=1|2|3 b=x|y --objective loss --strategy grid --max-jobs 6")
    assert plan.request["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"] == 6


def test_an_algorithm_brings_its_code_and_its_metrics(aws: Connection) -> None:
    line = f"--algorithm {ARN} --hp depth=3 --hp word=hi"
    plan = planned(aws, line, Script("# nothing to say\n\n", "script.py"))
    assert plan.request["AlgorithmSpecification"] == {"AlgorithmName": ARN, "TrainingInputMode": "File"}
    assert plan.request["HyperParameters"] == {"depth": "3", "word": "hi"}
    assert plan.uploads == []
    get_model().validate("CreateTrainingJob", plan.request)


def test_trainium_gets_its_image_and_what_it_needs_on_aws_only(aws: Connection, here: Connection) -> None:
    request = planned(aws, "--instance ml.trn1.2xlarge --env A=b").request
    assert "neuronx" in request["AlgorithmSpecification"]["TrainingImage"]
    assert request["Environment"]["NEURON_RT_NUM_CORES"] == "1"
    assert request["Environment"]["A"] == "b"
    assert request["HyperParameters"]["sagemaker_torch_distributed_enabled"] == "true"
    own = planned(aws, "--instance ml.trn1.2xlarge --image 1.dkr.ecr/x:1").request
    assert "Environment" not in own
    assert "sagemaker_torch_distributed_enabled" not in own["HyperParameters"]
    local = planned(here, "--instance ml.trn1.2xlarge").request
    assert local["AlgorithmSpecification"]["TrainingImage"] == "local/python"
    assert set(local["Environment"]) == {"SM_LOCAL_PYTHON"}


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ("--instance ml.trn1.2xlage", "--instance: there is no 'ml.trn1.2xlage'", "Did you mean ml.trn1.2xlarge"),
        ("--instance trn1.2xlarge", "--instance: there is no 'trn1.2xlarge'", "ml.trn1.2xlarge"),
        ("--max-wait 2h", "--max-wait is for spot instances", "Add --spot"),
        ("--spot --warm-pool 1h", "--warm-pool: spot instances are not kept for another job", "Leave out"),
        ("--spot --max-wait 1h", "--max-wait: 3600 is less than --max-runtime", "The least is 86400 (1d)."),
        ("--max-pending 1m", "--max-pending: 60 is too little; the least is", None),
        ("--warm-pool 7h", "--warm-pool: 25200 is too much; the most is 21600 (6h)", None),
        ("--volume-size=-1", "--volume-size: -1 is too little; the least is 0", None),
        ("--output /tmp/x", "--output: '/tmp/x' is no S3 URI", "s3://bucket/prefix"),
        ("--checkpoints cp", "--checkpoints: 'cp' is no S3 URI", "s3://bucket/prefix"),
        ("--hp sagemaker_program=x", "--hp sagemaker_program: names that begin with sagemaker_", None),
        ("--env 1-a=2", "--env: '1-a' cannot name a variable", "--env _1_a="),
        ("--data tr/ain=s3://b/k", "--data: 'tr/ain' cannot name a channel", "--data tr-ain="),
        ("--algorithm 'no good'", "--algorithm: an algorithm brings its own code", "Leave the script out"),
        ("--max-runtme 2h", "there is no option --max-runtme; did you mean --max-runtime?", None),
        ("lr=1..2", "lr=1..2 belongs to no option; only %%sm_tune takes ranges", None),
        ("x=1..5 --objective l --strategy byesian", "--strategy: there is no 'byesian'", "Bayesian, Random"),
        ("x=1..5 --objective l --min-resource 3", "--min-resource is for the strategy Hyperband", "Hyperband"),
        ("x=1..5 --objective l --strategy hyperband", "--max-resource: Hyperband needs to know", "--hp epochs=N"),
        (
            "x=1..5 --objective l --strategy hyperband --max-resource 3 --early-stopping",
            "--early-stopping: Hyperband stops training jobs itself",
            "Leave it out",
        ),
        (
            "x=1..5 --objective l --strategy hyperband --max-resource 3 --min-resource 4",
            "--min-resource: 4 is more than --max-resource, 3",
            "The most is 3",
        ),
        ("x=1..5 --objective l --strategy grid", "range 'x': the strategy Grid takes lists", "x=1|5"),
        ("x=1|5 --objective l --strategy grid --max-jobs 3", "--max-jobs: a grid of these ranges has 2", "give 2"),
        ("x=1..5 --objective l --not-improving 2", "--not-improving: 2 is too little; the least is 3", None),
        ("x=1..5 --objective l --warm-start a,b,c,d,e,f", "--warm-start: there are too many; the most is 5", None),
        ("x=1..5 --objective l --warm-start a,", "is not one name or several", None),
        ("x=1..5 --objective l --warm-start a --warm-start-type same", "--warm-start-type: there is no", "identical"),
        ("x=1..5 --objective l --target nan", "--target: nan is no finite number", None),
        ("x=1..5 --objective l --parallel 0", "--parallel: 0 is too little; the least is 1", None),
    ],
)
def test_a_wrong_option_is_one_line_with_what_would_do(
    aws: Connection, line: str, message: str, hint: str | None
) -> None:
    with pytest.raises(ValidationError, match=re.escape(message)) as refused:
        planned(aws, line)
    assert "\n" not in refused.value.message
    if hint is not None:
        assert hint in str(refused.value.hint)


def test_what_the_engine_cannot_do_is_told_before_anything_is_uploaded(here: Connection) -> None:
    request = planned(here, "--warm-pool 1h").request
    assert request["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 3600
    with pytest.raises(ValidationError, match="VpcConfig: the local engine cannot do this: jobs use this machine's"):
        check_request(
            "CreateTrainingJob",
            {**request, "VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}},
            local=True,
        )


def test_python_has_every_word_of_a_cell() -> None:
    with pytest.raises(HelpWanted) as helped:
        read_tune(["--help"])
    words = {each.replace("-", "_") for each in re.findall(r"--([a-z][a-z-]+)", str(helped.value))}
    # Of the cell itself, and the negation of one that is on.
    words -= {"help", "script", "as", "no_wait", "dry_run", "local", "no_imports"}
    assert words >= {"instance", "count", "hp", "warm_start", "spot", "yes"}
    for word in words:
        assert keywords(TuningOptions, {word: None}) == {SHORT.get(word, word): None}


def test_python_makes_the_same_request(here: Connection) -> None:
    line = (
        "x=1..5 opt=a|b --objective loss --hp lr=0.5 --hp word=hi --env A=b --tag team=a --count 2 --instance "
        "ml.trn1.2xlarge --metric loss --data train=s3://b/k --spot --max-runtime 1h --warm-start one --target 0.5"
    )
    plan = tune(
        SCRIPT.text + "\n",
        ranges={"x": (1, 5), "opt": ["a", "b"]},
        objective="loss",
        hp={"lr": 0.5, "word": "hi"},
        env={"A": "b"},
        tag={"team": "a"},
        count=2,
        instance="ml.trn1.2xlarge",
        metric="loss",
        data={"train": "s3://b/k"},
        spot=True,
        max_runtime=3600,
        warm_start="one",
        target=0.5,
        name="job-1",
        dry_run=True,
        studio=Studio(here),
    )
    assert plan.request == planned(here, line, Script(SCRIPT.text, "script.py")).request


def test_a_dry_run_in_python_shows_request_and_code(here: Connection) -> None:
    plan = train(SCRIPT.text + "\n", name="not-now", dry_run=True, studio=Studio(here))
    assert repr(plan).startswith('{\n  "TrainingJobName": "not-now",')
    assert "response = sagemaker.create_training_job(" in repr(plan)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_runtme": 3}, "there is no option 'max_runtme'; did you mean 'max_runtime'?"),
        ({"instance": "a", "instance_type": "b"}, "instance_type is given twice"),
        ({"objective": "x"}, "there is no option 'objective'"),
        ({"dryrun": True}, "did you mean 'dry_run'?"),
    ],
)
def test_a_wrong_word_in_python(options: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        keywords(JobOptions, options, "dry_run", "local")
