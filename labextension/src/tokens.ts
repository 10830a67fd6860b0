/** What the plugins share. */

import type { TranslationBundle } from '@jupyterlab/translation';
import { type ReadonlyPartialJSONObject, Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Drafts } from './forms/drafts';
import type { Watch } from './model';
import type { Server } from './request';
import type { Settings } from './settings';
import type { JobList } from './sidebar/joblist';
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
  connectLocal: 'jupyter-sm-ext:connect-local',
  jobMenu: 'jupyter-sm-ext:job-menu',
  cloneJob: 'jupyter-sm-ext:clone-job',
  warmStartJob: 'jupyter-sm-ext:warm-start-job',
  retryJob: 'jupyter-sm-ext:retry-job',
  promoteBest: 'jupyter-sm-ext:promote-best',
  copyJobCode: 'jupyter-sm-ext:copy-job-code',
  copyJobCommand: 'jupyter-sm-ext:copy-job-command',
  copyJobFrame: 'jupyter-sm-ext:copy-job-dataframe',
  saveJobFigures: 'jupyter-sm-ext:save-job-figures',
  pinJob: 'jupyter-sm-ext:pin-job',
  stopJob: 'jupyter-sm-ext:stop-job',
  deleteJob: 'jupyter-sm-ext:delete-job',
  copyJobName: 'jupyter-sm-ext:copy-job-name',
  copyJobArn: 'jupyter-sm-ext:copy-job-arn',
  compare: 'jupyter-sm-ext:compare',
  compareWith: 'jupyter-sm-ext:compare-with'
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
  /** Run a command of JupyterLab, ours or another's. */
  execute(command: string, args: ReadonlyPartialJSONObject): Promise<void>;
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

/** The jobs of the panel. */
export type IJobList = JobList;

export const IJobList = new Token<IJobList>(
  'jupyter-sm-ext:IJobList',
  'The jobs that the panel lists, and which of them are pinned.'
);

/** The panel of the left bar, as other places see it. */
export interface ISidebar {
  /** Whether it is in sight. */
  readonly looking: boolean;
  /** It has come into sight. */
  readonly looked: ISignal<ISidebar, void>;
  /** Say at its icon how many news there are that nobody has looked at. */
  tell(news: number): void;
}

export const ISidebar = new Token<ISidebar>('jupyter-sm-ext:ISidebar', 'The SageMaker panel of the left bar.');
