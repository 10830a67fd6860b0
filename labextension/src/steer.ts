/** Does what follows from a job; loaded when it is first asked for. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import { download } from './download';
import type { Watch, Way } from './model';
import { copyText } from './sidebar/perform';
import { CommandIDs, type ISageMaker } from './tokens';

export type Steer = Way | 'copy-boto3' | 'copy-aws' | 'copy-dataframe' | 'save-figures';

export async function steer(sagemaker: ISageMaker, deed: Steer, job: Watch): Promise<void> {
  const { server, trans } = sagemaker;
  switch (deed) {
    case 'clone':
    case 'warm-start':
    case 'promote':
    case 'train':
      await openForm(sagemaker, job, deed);
      return;
    case 'retry':
      await retry(sagemaker, job);
      return;
    case 'copy-boto3':
      await copyText(trans, (await server.codeOf(job)).boto3, trans.__('the request as Python'));
      return;
    case 'copy-aws':
      await copyText(trans, (await server.codeOf(job)).aws, trans.__('the request as a command'));
      return;
    case 'copy-dataframe':
      await copyText(trans, frameCode(job));
      return;
    case 'save-figures':
      download(server.figuresFile(job));
  }
}

async function openForm(sagemaker: ISageMaker, job: Watch, way: Way): Promise<void> {
  const { server, trans } = sagemaker;
  const { operation, request, notes } = await server.successor(job, way);
  const name = job.key.at(-1) ?? '';
  const titles: Readonly<Partial<Record<Way, string>>> = {
    clone: trans.__('Clone of %1', name),
    promote: trans.__('Best trial of %1', name),
    train: trans.__('Training with %1', name)
  };
  const title = titles[way] ?? trans.__('Warm start from %1', name);
  const origin = { id: [way, job.kind, ...job.key].join('/'), title, note: notes.join(' ') };
  await sagemaker.execute(CommandIDs.create, { operation, initial: request, origin });
}

async function retry(sagemaker: ISageMaker, job: Watch): Promise<void> {
  const { server, source, trans } = sagemaker;
  const { kind, request, notes } = await server.successor(job, 'retry');
  const name = nameIn(request);
  const again = trans.__('The same request is sent once more, as a new job named %1.', name);
  const answer = await showDialog({
    title: trans.__('Try %1 again?', job.key.at(-1) ?? ''),
    body: [again, ...notes].join(' '),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: trans.__('Start it') })]
  });
  if (answer.button.accept) {
    await server.create(kind, request);
    source.refresh();
    await sagemaker.open({ kind, key: [name] });
  }
}

/** A job is named by the one member of its request that ends so. */
function nameIn(request: object): string {
  const found = Object.entries(request).find(([member]) => member.endsWith('JobName'));
  return String(found?.[1] ?? '');
}

function frameCode({ kind, key }: Watch): string {
  const handle = kind === 'tuning-jobs' ? 'TuningJob' : 'TrainingJob';
  return `import jupyter_sm_ext as sm\n\nsm.${handle}(${JSON.stringify(key[0] ?? '')}).dataframe()\n`;
}
