/** Does what a job's menu says; loaded when it is first asked for. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import { isRunning, isStoppable } from '../job';
import type { Watch } from '../model';
import type { ISageMaker } from '../tokens';
import type { JobList } from './joblist';
import { copyArn, copyText } from './perform';
import { askDelete } from './remove';

export type JobDeed = 'stop' | 'delete' | 'copy-name' | 'copy-arn';

/** Do it. */
export async function performOnJob(sagemaker: ISageMaker, list: JobList, deed: JobDeed, job: Watch): Promise<void> {
  const name = job.key.at(-1) ?? '';
  switch (deed) {
    case 'stop':
      await stop(sagemaker, job, name);
      return;
    case 'delete':
      await remove(sagemaker, list, job, name);
      return;
    case 'copy-name':
      await copyText(sagemaker.trans, name);
      return;
    case 'copy-arn':
      await copyArn(sagemaker, job);
  }
}

async function stop({ server, source, trans }: ISageMaker, job: Watch, name: string): Promise<void> {
  const answer = await showDialog({
    title: trans.__('Stop this job?'),
    body: trans.__('%1 stops. What it has finished is kept.', name),
    buttons: [
      Dialog.cancelButton({ label: trans.__('Keep running') }),
      Dialog.warnButton({ label: trans.__('Stop job') })
    ]
  });
  if (answer.button.accept) {
    await server.stop(job);
    source.refresh();
  }
}

async function remove(sagemaker: ISageMaker, list: JobList, job: Watch, name: string): Promise<void> {
  const { server, source, trans } = sagemaker;
  if (job.kind === 'algorithms') {
    await removeAlgorithm(sagemaker, job, name);
    return;
  }
  const status = list.find(job)?.status ?? null;
  if (isRunning(status)) {
    await stopFirst(sagemaker, job, name, isStoppable(status));
  } else if (await askDelete(sagemaker, job, trans.__('Delete job %1?', name))) {
    await server.remove(job);
    list.pin(job, false);
    source.refresh();
  }
}

async function removeAlgorithm({ server, source, trans }: ISageMaker, algorithm: Watch, name: string) {
  const answer = await showDialog({
    title: trans.__('Delete algorithm %1?', name),
    body: trans.__('No new job can name it then. Jobs that were made with it stay, and go on.'),
    buttons: [Dialog.cancelButton({ label: trans.__('Keep') }), Dialog.warnButton({ label: trans.__('Delete') })],
    defaultButton: 0
  });
  if (answer.button.accept) {
    await server.remove(algorithm);
    source.refresh();
  }
}

async function stopFirst({ server, source, trans }: ISageMaker, job: Watch, name: string, stoppable: boolean) {
  const answer = await showDialog({
    title: trans.__('%1 still runs', name),
    body: stoppable
      ? trans.__('Only a job that has ended can be deleted. Stop it first; what it has finished is kept.')
      : trans.__('It is being stopped. It can be deleted when it has ended.'),
    buttons: [
      Dialog.cancelButton({ label: stoppable ? trans.__('Keep running') : trans.__('Close') }),
      ...(stoppable ? [Dialog.warnButton({ label: trans.__('Stop job') })] : [])
    ]
  });
  if (answer.button.accept) {
    await server.stop(job);
    source.refresh();
  }
}
