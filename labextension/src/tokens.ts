/** What the plugins share. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import type { Drafts } from './forms/drafts';
import type { Watch } from './model';
import type { Server } from './request';
import type { Settings } from './settings';
import type { LiveSource } from './source';

export const NAMESPACE = 'jupyter-sm-ext';

export const CommandIDs = {
  show: 'jupyter-sm-ext:show',
  open: 'jupyter-sm-ext:open',
  create: 'jupyter-sm-ext:create',
  quickstart: 'jupyter-sm-ext:quickstart',
  newSpace: 'jupyter-sm-ext:new-space',
  newTrainingJob: 'jupyter-sm-ext:new-training-job',
  newTuningJob: 'jupyter-sm-ext:new-tuning-job',
  newCompilationJob: 'jupyter-sm-ext:new-compilation-job',
  newAlgorithm: 'jupyter-sm-ext:new-algorithm',
  connectAWS: 'jupyter-sm-ext:connect-aws',
  connectLocal: 'jupyter-sm-ext:connect-local'
} as const;

/** The server, the source of snapshots, and the way to a job's tab: one of each a page. */
export interface ISageMaker {
  readonly server: Server;
  readonly source: LiveSource;
  readonly trans: TranslationBundle;
  readonly settings: Settings;
  /** What was filled in and not sent yet. */
  readonly drafts: Drafts;
  open(watch: Watch): Promise<void>;
}

export const ISageMaker = new Token<ISageMaker>(
  'jupyter-sm-ext:ISageMaker',
  'SageMaker of this page: its server, its live snapshots, and the tabs of its jobs.'
);
