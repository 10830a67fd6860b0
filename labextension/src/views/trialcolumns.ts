/** The columns of the table of trials. */

import { h, setAttribute, setText } from './dom';
import type { Parameter } from './parameters';
import { type Column, fillText } from './table';
import { aligned, clock, duration, parameter, type Translate } from './text';
import { tone, words } from './status';
import { gistOf, type Trial, trialSeconds } from './trials';

export interface TrialColumn extends Column<Trial> {
  /** Cannot be hidden: rows are told apart by it. */
  readonly needed?: boolean;
  /** Shown only when it is asked for. */
  readonly rare?: boolean;
}

/** Whether a column is shown from the start. */
export function choiceOf(column: TrialColumn): boolean {
  return column.rare !== true;
}

export function columnsOf(trans: Translate, parameters: readonly Parameter[]): TrialColumn[] {
  return [
    {
      id: 'number',
      title: trans.__('Trial'),
      width: 72,
      align: 'right',
      needed: true,
      fill: (cell, trial) => fillText(cell, String(trial.number), trial.name)
    },
    { id: 'status', title: trans.__('Status'), width: 116, fill: fillStatus },
    {
      id: 'objective',
      title: trans.__('Objective'),
      width: 92,
      align: 'right',
      fill: (cell, trial) => fillText(cell, trial.objective === null ? '–' : aligned(trial.objective))
    },
    ...parameters.map(({ name }): TrialColumn => ({
      id: `parameter:${name}`,
      title: name,
      width: Math.min(180, Math.max(84, name.length * 7 + 34)),
      align: 'right',
      fill: (cell, trial) => {
        const given = trial.parameters[name];
        fillText(cell, given === undefined ? '–' : parameter(given), given);
      }
    })),
    {
      id: 'duration',
      title: trans.__('Time'),
      width: 84,
      align: 'right',
      fill: (cell, trial) => {
        const seconds = trialSeconds(trial, Date.now() / 1000);
        fillText(cell, seconds === null ? '–' : duration(seconds));
      }
    },
    {
      id: 'started',
      title: trans.__('Started'),
      width: 170,
      rare: true,
      fill: (cell, trial) => fillText(cell, trial.started === null ? '–' : clock(trial.started))
    },
    {
      id: 'name',
      title: trans.__('Training job'),
      width: 240,
      rare: true,
      fill: (cell, trial) => fillText(cell, trial.name, trial.name)
    },
    {
      id: 'reason',
      title: trans.__('Failure'),
      width: 260,
      rare: true,
      fill: (cell, trial) =>
        fillText(cell, trial.reason === null ? '' : gistOf(trial.reason), trial.reason ?? undefined)
    }
  ];
}

function fillStatus(cell: HTMLElement, trial: Trial): void {
  let badge = cell.firstElementChild;
  if (!(badge instanceof HTMLElement)) {
    badge = h('span', { class: 'jp-sm-badge' });
    cell.replaceChildren(badge);
  }
  (badge as HTMLElement).dataset.tone = tone(trial.status);
  setText(badge, words(trial.status));
  setAttribute(cell, 'title', trial.reason);
}
