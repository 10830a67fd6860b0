/** The user's settings, read once and kept up to date. */

import type { ISettingRegistry } from '@jupyterlab/settingregistry';
import { type ISignal, Signal } from '@lumino/signaling';

/** One member for each property of `schema/plugin.json`. */
export interface Preferences {
  /** Save the notebook when a live panel first appears in it. */
  readonly saveNotebook: boolean;
  readonly statusBar: boolean;
  readonly notifyFailed: boolean;
  readonly notifyFinished: boolean;
  readonly notifyBest: boolean;
  /** Say at the panel's icon how many news nobody has looked at. */
  readonly badge: boolean;
  /** Instance type that is chosen for new spaces; empty: the service's own choice. */
  readonly defaultInstance: string;
}

/** What holds where nobody has set anything; `schema/plugin.json` says the same. */
export const DEFAULTS: Preferences = {
  saveNotebook: true,
  statusBar: true,
  notifyFailed: true,
  notifyFinished: true,
  notifyBest: false,
  badge: true,
  defaultInstance: ''
};

/** The part of JupyterLab's settings of a plugin that is used here. */
type Source = Pick<ISettingRegistry.ISettings, 'composite'> & {
  readonly changed: { connect(slot: () => void): boolean };
};

export class Settings {
  private current = DEFAULTS;
  private readonly signal = new Signal<this, Preferences>(this);

  get changed(): ISignal<this, Preferences> {
    return this.signal;
  }

  get(): Preferences {
    return this.current;
  }

  /** What to choose beforehand where nothing else says which instance; null: nothing. */
  get preferredInstance(): string | null {
    return this.current.defaultInstance || null;
  }

  /** Follow what JupyterLab keeps. */
  follow(source: Source): void {
    source.changed.connect(() => this.read(source));
    this.read(source);
  }

  private read({ composite }: Source): void {
    const known = Object.entries(DEFAULTS).map(([name, usual]): [string, unknown] => {
      const value: unknown = composite[name];
      return [name, typeof value === typeof usual ? value : usual];
    });
    this.current = Object.fromEntries(known) as unknown as Preferences;
    this.signal.emit(this.current);
  }
}
