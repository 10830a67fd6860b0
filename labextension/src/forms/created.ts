/** What follows a create. */

import type { ISageMaker } from '../tokens';

/** What can be watched in a tab is shown at once. */
export function showCreated(
  sagemaker: ISageMaker,
  operation: string,
  request: Readonly<Record<string, unknown>>
): void {
  const watched: Readonly<Record<string, readonly [string, string]>> = {
    CreateTrainingJob: ['training-jobs', 'TrainingJobName'],
    CreateHyperParameterTuningJob: ['tuning-jobs', 'HyperParameterTuningJobName'],
    CreateAlgorithm: ['algorithms', 'AlgorithmName'],
    CreateCompilationJob: ['compilation-jobs', 'CompilationJobName']
  };
  const job = watched[operation];
  if (job) {
    void sagemaker.open({ kind: job[0], key: [String(request[job[1]])] });
  }
}
