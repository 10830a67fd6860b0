"""A training loop with checkpoints, as scripts for PyTorch have it; what a checkpoint holds is not the point here."""

import argparse
import glob
import json
import logging
import os
import sys

logger = logging.getLogger(__name__)
logger.setLevel(logging.DEBUG)
logger.addHandler(logging.StreamHandler(sys.stdout))


def train(args):
    start, weight = 0, 10.0
    saved = sorted(glob.glob(os.path.join(args.checkpoint_path, "checkpoint-*.pth")))
    if saved:
        with open(saved[-1]) as file:
            state = json.load(file)
        start, weight = state["epoch"] + 1, state["weight"]
        logger.info("Resuming from %s", os.path.basename(saved[-1]))
    for epoch in range(start, args.epochs):
        weight -= args.lr * 2 * weight
        logger.info("Train Epoch: %d [%d/%d] Loss: %.6f", epoch, 64, 64, weight**2)
        with open(os.path.join(args.checkpoint_path, f"checkpoint-{epoch:03d}.pth"), "w") as file:
            json.dump({"epoch": epoch, "weight": weight}, file)
    with open(os.path.join(args.model_dir, "model.pth"), "w") as file:
        json.dump({"weight": weight}, file)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--lr", type=float, default=0.1)
    parser.add_argument("--backend", type=str, default=None)
    parser.add_argument("--checkpoint-path", type=str, default=os.environ["SAGEMAKER_BASE_DIR"] + "/checkpoints")
    parser.add_argument("--model-dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--num-gpus", type=int, default=os.environ["SM_NUM_GPUS"])
    train(parser.parse_args())
