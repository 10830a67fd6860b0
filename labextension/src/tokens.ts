/** What the plugins share. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { Token } from '@lumino/coreutils';
import type { Drafts } from './forms/drafts';
import type { Watch } from './model';
import type { Server } from './request';
import type { Settings } from './settings';
import type { StudioTree } from './sidebar/studio';
import type { LiveSource } from './source';

export const NAMESPACE = 'jupyter-sm-ext';

export const CommandIDs = {
  show: 'jupyter-sm-ext:show',
  open: 'jupyter-sm-ext:open',
  quickstart: 'jupyter-sm-ext:quickstart',
  create: 'jupyter-sm-ext:create',
  newSpace: 'jupyter-sm-ext:new-space',
  newUserProfile: 'jupyter-sm-ext:new-user-profile',
  newApp: 'jupyter-sm-ext:new-app',
  newDomain: 'jupyter-sm-ext:new-domain',
  startSpace: 'jupyter-sm-ext:start-space',
  stopSpace: 'jupyter-sm-ext:stop-space',
  changeInstance: 'jupyter-sm-ext:change-instance',
  openSpace: 'jupyter-sm-ext:open-space',
  edit: 'jupyter-sm-ext:edit',
  remove: 'jupyter-sm-ext:delete',
  copyArn: 'jupyter-sm-ext:copy-arn',
  dismiss: 'jupyter-sm-ext:dismiss',
  newTrainingJob: 'jupyter-sm-ext:new-training-job',
  newTuningJob: 'jupyter-sm-ext:new-tuning-job',
  newCompilationJob: 'jupyter-sm-ext:new-compilation-job',
  newAlgorithm: 'jupyter-sm-ext:new-algorithm',
  useKernel: 'jupyter-sm-ext:use-kernel',
  addKernels: 'jupyter-sm-ext:add-kernels',
  removeKernel: 'jupyter-sm-ext:remove-kernel',
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

/** The tree of domains, user profiles, spaces and apps. */
export type IStudioTree = StudioTree;

export const IStudioTree = new Token<IStudioTree>(
  'jupyter-sm-ext:IStudioTree',
  'Studio as this page sees it: its rows, what is being done with them, and which one is selected.'
);
