/** What can be done with a job or an algorithm: commands with the arguments kind and key and, in a menu, the ways to follow it now. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { denialOf } from '../denied';
import { isStoppable } from '../job';
import type { DeniedDeed, Watch, Way } from '../model';
import type { Steer } from '../steer';
import { CommandIDs, type ISageMaker } from '../tokens';
import { dimmed } from './deniedmenu';
import { permitted, showFailure } from './failure';
import type { JobDeed } from './jobdeeds';
import type { JobList } from './joblist';
import { watchOf } from './studio';

interface Offer {
  readonly label: string | ((job: Watch) => string);
  /** Of a job that this can be done with; the others have no such line in their menu. */
  readonly fits?: (job: Watch, ways: readonly unknown[]) => boolean;
  /** What the service may deny: a deed, and to what. */
  readonly deed?: (job: Watch) => readonly [string, Watch];
  readonly run: (job: Watch) => Promise<void> | void;
}

/** Add the commands, if they are not there yet. */
export function addJobCommands(commands: JupyterFrontEnd['commands'], sagemaker: ISageMaker, list: JobList): void {
  if (commands.hasCommand(CommandIDs.pinJob)) {
    return;
  }
  const { trans, source } = sagemaker;
  const add = (id: string, { label, fits, deed, run }: Offer): void => {
    const denial = (args: ReadonlyPartialJSONObject): DeniedDeed | null => {
      const job = watchOf(args);
      return job && deed ? denialOf(source.denied, ...deed(job)) : null;
    };
    commands.addCommand(id, {
      label: args => {
        const job = watchOf(args);
        return typeof label === 'string' ? label : job ? label(job) : '';
      },
      isEnabled: args => watchOf(args) !== null,
      isVisible: args => {
        const job = watchOf(args);
        return job !== null && (!fits || fits(job, Array.isArray(args.ways) ? args.ways : []));
      },
      ...dimmed(trans, denial),
      execute: async args => {
        const job = watchOf(args);
        const title = trans.__('SageMaker: %1', job?.key.at(-1) ?? '');
        if (job && (!deed || (await permitted(sagemaker, title, ...deed(job))))) {
          try {
            await run(job);
          } catch (error) {
            await showFailure(trans, title, error);
          }
        }
      }
    });
  };

  add(CommandIDs.compareWith, {
    label: trans.__('Compare with…'),
    fits: ({ kind }) => kind === 'tuning-jobs',
    run: async ({ key }) => {
      await commands.execute(CommandIDs.compare, { names: [...key] });
    }
  });
  add(CommandIDs.pinJob, {
    fits: isJob,
    label: job => (list.isPinned(job) ? trans.__('Unpin') : trans.__('Pin')),
    run: job => list.pin(job, !list.isPinned(job))
  });
  const deeds: readonly (readonly [string, JobDeed, string])[] = [
    [CommandIDs.stopJob, 'stop', trans.__('Stop…')],
    [CommandIDs.deleteJob, 'delete', trans.__('Delete…')],
    [CommandIDs.copyJobName, 'copy-name', trans.__('Copy name')],
    [CommandIDs.copyJobArn, 'copy-arn', trans.__('Copy ARN')]
  ];
  for (const [id, deed, label] of deeds) {
    add(id, {
      label,
      fits: job => deed !== 'stop' || isStoppable(list.find(job)?.status ?? null),
      deed: job => [deed, job],
      run: async job => {
        const { performOnJob } = await import('./jobdeeds');
        await performOnJob(sagemaker, list, deed, job);
      }
    });
  }
  const follow = (id: string, how: Steer, label: string, fits: NonNullable<Offer['fits']>): void => {
    const run = async (job: Watch): Promise<void> => {
      const { steer } = await import('../steer');
      await steer(sagemaker, how, job);
    };
    add(id, { label, fits, run, ...(how === 'retry' && { deed: created }) });
  };
  follow(CommandIDs.cloneJob, 'clone', trans.__('Clone and edit…'), way('clone'));
  follow(CommandIDs.retryJob, 'retry', trans.__('Try again…'), way('retry'));
  follow(CommandIDs.warmStartJob, 'warm-start', trans.__('Warm start from this…'), way('warm-start'));
  follow(CommandIDs.promoteBest, 'promote', trans.__('Train with the best trial…'), way('promote'));
  follow(CommandIDs.trainWith, 'train', trans.__('Train with this…'), job => !isJob(job));
  follow(CommandIDs.copyJobCode, 'copy-boto3', trans.__('Copy as boto3'), isJob);
  follow(CommandIDs.copyJobCommand, 'copy-aws', trans.__('Copy as AWS CLI'), isJob);
  follow(CommandIDs.copyJobDataframe, 'copy-dataframe', trans.__('Copy code for a DataFrame'), measures);
  follow(CommandIDs.saveJobFigures, 'save-figures', trans.__('Save as CSV'), measures);
}

function way(one: Way): NonNullable<Offer['fits']> {
  return (_, ways) => ways.includes(one);
}

/** The others open a form, which can be looked at and copied from whatever is denied. */
function created({ kind }: Watch): readonly [string, Watch] {
  return ['create', { kind, key: [] }];
}

/** Whether it is a job; else it is an algorithm, which has some of the same lines. */
function isJob({ kind }: Watch): boolean {
  return kind !== 'algorithms';
}

/** Whether a kind of job has figures: trials, or learning curves. */
function measures({ kind }: Watch): boolean {
  return kind === 'tuning-jobs' || kind === 'training-jobs';
}
