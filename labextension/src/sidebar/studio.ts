/** Studio as this page sees it: the rows, what is being done with them, and which one is selected. */

import { type ISignal, Signal } from '@lumino/signaling';
import { type Watch, watchId } from '../model';
import type { ISageMaker } from '../tokens';
import { type Deed, deedsOf } from './deeds';
import { type Action, type ActionRequest, byId, newestActions, type Row } from './rows';
import type { TreeState } from './state';

export const STUDIO: Watch = { kind: 'studio', key: [] };
export const ACTIONS: Watch = { kind: 'actions', key: [] };

export class StudioTree {
  /** By their ids. */
  rows: ReadonlyMap<string, Row> = new Map();
  /** The newest action of each row, by its id. */
  actions: ReadonlyMap<string, Action> = new Map();
  /** Whether the server has told of its actions. */
  heard = false;
  private told: readonly Action[] = [];
  /** What the server answered, until the hub tells of it. */
  private readonly own = new Map<string, Action>();
  private readonly changedSignal = new Signal<this, void>(this);

  constructor(
    private readonly sagemaker: ISageMaker,
    readonly state: TreeState
  ) {
    state.subscribe(() => this.changedSignal.emit());
  }

  get changed(): ISignal<this, void> {
    return this.changedSignal;
  }

  get selected(): Row | null {
    return this.rows.get(this.state.get().active ?? '') ?? null;
  }

  /** Whether something can be done with a row now. */
  allows(row: Row, deed: Deed): boolean {
    return deedsOf(row, this.actionOf(row)).includes(deed);
  }

  actionOf(row: Watch): Action | null {
    return this.actions.get(watchId(row)) ?? null;
  }

  takeRows(rows: readonly Row[]): void {
    this.rows = byId(rows);
    this.changedSignal.emit();
  }

  takeActions(actions: readonly Action[]): void {
    for (const { id } of actions) {
      this.own.delete(id);
    }
    this.told = actions;
    this.heard = true;
    this.count();
  }

  /** Have something done, in steps, by the server. */
  async act(request: ActionRequest): Promise<Action> {
    const action = await this.sagemaker.server.act(request);
    if (!this.told.some(({ id }) => id === action.id)) {
      this.own.set(action.id, action);
    }
    this.count();
    this.sagemaker.source.refresh();
    return action;
  }

  /** Forget one that has ended. */
  async dismiss(action: Action): Promise<void> {
    await this.sagemaker.server.forgetAction(action.id);
    this.own.delete(action.id);
    this.told = this.told.filter(({ id }) => id !== action.id);
    this.count();
    this.sagemaker.source.refresh();
  }

  private count(): void {
    this.actions = newestActions([...this.told, ...this.own.values()]);
    this.changedSignal.emit();
  }
}

/** Arguments of a command that name a thing. */
export function watchOf(args: object): Watch | null {
  const { kind, key } = args as Record<string, unknown>;
  return typeof kind === 'string' && Array.isArray(key) ? { kind, key: key.map(String) } : null;
}
