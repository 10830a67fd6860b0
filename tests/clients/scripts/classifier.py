"""Script mode as the samples of SageMaker have it: arguments with SM_* defaults, a channel, a model."""

import argparse
import csv
import json
import os

import joblib
from sklearn.linear_model import SGDClassifier

try:
    from smexperiments.tracker import Tracker
except ImportError:
    Tracker = None

try:
    import smdebug.pytorch as smd
except ImportError:
    smd = None


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--alpha", type=float, default=1e-4)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--loss", type=str, default="hinge")
    parser.add_argument("--shuffle", type=lambda text: text == "True", default=True)
    parser.add_argument("--output-data-dir", type=str, default=os.environ.get("SM_OUTPUT_DATA_DIR"))
    parser.add_argument("--model-dir", type=str, default=os.environ.get("SM_MODEL_DIR"))
    parser.add_argument("--train", type=str, default=os.environ.get("SM_CHANNEL_TRAIN"))
    parser.add_argument("--hosts", type=list, default=json.loads(os.environ["SM_HOSTS"]))
    parser.add_argument("--current-host", type=str, default=os.environ["SM_CURRENT_HOST"])
    args, _ = parser.parse_known_args()

    rows = []
    for name in sorted(os.listdir(args.train)):
        with open(os.path.join(args.train, name)) as file:
            rows += [[float(cell) for cell in row] for row in csv.reader(file)]
    inputs, targets = [row[1:] for row in rows], [int(row[0]) for row in rows]
    model = SGDClassifier(alpha=args.alpha, loss=args.loss, shuffle=args.shuffle, random_state=0)
    for epoch in range(args.epochs):
        model.partial_fit(inputs, targets, classes=sorted(set(targets)))
        print(f"epoch: {epoch}; validation-accuracy: {model.score(inputs, targets):.4f};")
    joblib.dump(model, os.path.join(args.model_dir, "model.joblib"))
    with open(os.path.join(args.output_data_dir, "hyperparameters.json"), "w") as file:
        file.write(os.environ["SM_HPS"])
