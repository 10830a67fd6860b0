/** What the plugins share. */

import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type ReadonlyPartialJSONObject, Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';
import type { Watch } from './model';
import type { Server } from './request';
import type { Settings } from './settings';
import type { JobList } from './sidebar/joblist';
import type { StudioTree } from './sidebar/studio';
import type { LiveSource } from './source';

export const NAMESPACE = 'jupyter-sm-ext';

const COMMANDS = [
  'show',
  'open',
  'quickstart',
  'create',
  'newSpace',
  'newUserProfile',
  'newApp',
  'newDomain',
  'startSpace',
  'stopSpace',
  'changeInstance',
  'openSpace',
  'edit',
  'delete',
  'copyArn',
  'dismiss',
  'newTrainingJob',
  'newTuningJob',
  'newCompilationJob',
  'newAlgorithm',
  'useKernel',
  'addKernels',
  'removeKernel',
  'connectAWS',
  'connectLocal',
  'jobMenu',
  'cloneJob',
  'warmStartJob',
  'retryJob',
  'promoteBest',
  'copyJobCode',
  'copyJobCommand',
  'copyJobDataframe',
  'saveJobFigures',
  'pinJob',
  'stopJob',
  'deleteJob',
  'copyJobName',
  'copyJobArn',
  'compare',
  'compareWith',
  'search',
  'trainWith'
] as const;

/** Ids of the commands: `newSpace` is that of `jupyter-sm-ext:new-space`. */
export const CommandIDs = Object.fromEntries(
  COMMANDS.map(name => [name, `${NAMESPACE}:${name.replace(/[A-Z]+/g, capitals => `-${capitals.toLowerCase()}`)}`])
) as Readonly<Record<(typeof COMMANDS)[number], string>>;

/** The server, the source of snapshots, and the way to a job's tab: one of each a page. */
export interface ISageMaker {
  readonly server: Server;
  readonly source: LiveSource;
  readonly trans: TranslationBundle;
  readonly settings: Settings;
  /** JupyterLab's memory, where it has one. */
  readonly state: IStateDB | null;
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
