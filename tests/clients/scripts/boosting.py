"""Prints what XGBoost prints: rounds with tabs, which SageMaker's logs have as #011."""

import argparse
import os

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--num_round", type=int)
    parser.add_argument("--eta", type=float)
    parser.add_argument("--objective", type=str, default="reg:squarederror")
    parser.add_argument("--max_depth", type=int, default=6)
    args, _ = parser.parse_known_args()
    for number in range(args.num_round):
        error = (1 - args.eta) ** number + abs(args.max_depth - 4) / 10
        print(f"[{number}]\ttrain-rmse:{error / 2:.5f}\tvalidation-rmse:{error:.5f}")
    with open(os.path.join(os.environ["SM_MODEL_DIR"], "xgboost-model"), "w") as model:
        model.write(args.objective)
