/** The algorithms of the panel, newest first. Nobody asks for them while the section is folded, as it is at first. */

import { addIcon, caretDownIcon, caretRightIcon, ellipsesIcon } from '@jupyterlab/ui-components';
import {
  type JSX,
  type KeyboardEvent,
  useCallback,
  useId,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore
} from 'react';
import { barred, denialOf } from '../denied';
import { type AlgorithmSummary, type Watch, watchId } from '../model';
import { CommandIDs, type ISageMaker } from '../tokens';
import { tone, words } from '../views/status';
import { Age, LastUpdated } from './age';
import { newestFirst } from './arranged';
import { useDenied, useLiveList } from './hooks';
import type { MenuPlace } from './jobmenu';
import { followKey } from './jobs';
import { Failure } from './message';
import type { SidebarEvents } from './panel';
import type { TreeState } from './state';
import '../../style/sidebar/algorithms.css';

export interface AlgorithmsSectionProps {
  readonly sagemaker: ISageMaker;
  readonly state: TreeState;
  readonly active: boolean;
  /** Trouble that is told elsewhere already. */
  readonly told: string | null;
  readonly events: Pick<SidebarEvents, 'onCommand' | 'onJob' | 'onJobMenu'>;
}

const ALL: Watch = { kind: 'algorithms', key: [] };
const NEW: readonly [string, Watch] = ['create', ALL];

export function AlgorithmsSection({ sagemaker, state, active, told, events }: AlgorithmsSectionProps): JSX.Element {
  const { trans } = sagemaker;
  const open = useSyncExternalStore(
    useCallback(listener => state.subscribe(listener), [state]),
    () => state.get().toggled[watchId(ALL)] === true
  );
  const denied = useDenied(sagemaker);
  const { snapshot, problem } = useLiveList(sagemaker, ALL.kind, active && open);
  const items = useMemo(() => newestFirst(snapshot), [snapshot]);
  const bodyId = useId();
  const error = snapshot?.error ?? null;
  return (
    <section className="jp-sm-algorithms" aria-label={trans.__('Algorithms')}>
      <header>
        <h3>
          <button
            type="button"
            className="jp-sm-bare jp-sm-fold"
            aria-expanded={open}
            aria-controls={bodyId}
            onClick={() => state.toggle({ [watchId(ALL)]: !open })}
          >
            {open ? <caretDownIcon.react tag="span" /> : <caretRightIcon.react tag="span" />}
            {trans.__('Algorithms')}
          </button>
        </h3>
        <span className="jp-sm-treeTools">
          <button
            type="button"
            className="jp-sm-button"
            {...barred(trans, denialOf(denied, ...NEW), trans.__('New algorithm'))}
            aria-label={trans.__('New algorithm')}
            onClick={() => events.onCommand(CommandIDs.newAlgorithm)}
          >
            <addIcon.react tag="span" /> {trans.__('New')}
          </button>
        </span>
      </header>
      <div id={bodyId} hidden={!open}>
        {error && error.message !== told && <Failure trans={trans} error={error} />}
        {items !== null && snapshot && snapshot.updated > 0 && (problem !== null || error !== null) && (
          <p>
            <LastUpdated trans={trans} since={snapshot.updated} />
          </p>
        )}
        {open && items === null && !error && !problem && <p className="jp-sm-of">{trans.__('Loading…')}</p>}
        {items?.length === 0 && !error && (
          <p className="jp-sm-of">
            {trans.__('No algorithms. One is a script on record: its code, what it takes and measures.')}
          </p>
        )}
        {items !== null && items.length > 0 && <Rows sagemaker={sagemaker} items={items} events={events} />}
      </div>
    </section>
  );
}

interface RowsProps {
  readonly sagemaker: ISageMaker;
  readonly items: readonly AlgorithmSummary[];
  readonly events: AlgorithmsSectionProps['events'];
}

function Rows({ sagemaker, items, events }: RowsProps): JSX.Element {
  const { trans } = sagemaker;
  const rows = useRef<HTMLUListElement>(null);
  const [focused, setFocused] = useState<string | null>(null);
  const names = items.map(({ AlgorithmName }) => AlgorithmName);
  const stop = focused !== null && names.includes(focused) ? focused : names[0];
  const menu = (name: string, at: MenuPlace, back: HTMLElement): void => {
    events.onJobMenu({ kind: ALL.kind, key: [name] }, at, back);
  };
  const onKeyDown = (index: number, name: string, event: KeyboardEvent<HTMLElement>): void => {
    if (event.key === 'F10' && event.shiftKey) {
      event.preventDefault();
      event.stopPropagation();
      menu(name, below(event.currentTarget), event.target as HTMLElement);
    } else if (!followKey(event, rows.current, index, names.length) && event.key === 'Delete') {
      event.preventDefault();
      events.onJob(CommandIDs.deleteJob, { kind: ALL.kind, key: [name] });
    }
  };
  return (
    <ul className="jp-sm-rows" ref={rows}>
      {items.map(({ AlgorithmName: name, AlgorithmStatus: status, CreationTime, AlgorithmDescription }, index) => {
        const tabIndex = name === stop ? 0 : -1;
        return (
          // The list's own keys work on every button of it; what has the focus is one of them.
          // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
          <li
            key={name}
            className="jp-sm-row"
            onFocus={() => setFocused(name)}
            onKeyDown={event => onKeyDown(index, name, event)}
            onContextMenu={event => {
              if (!event.shiftKey) {
                event.preventDefault();
                event.stopPropagation();
                const row = event.currentTarget;
                const at = event.button === 2 ? { x: event.clientX, y: event.clientY } : below(row);
                menu(name, at, row.querySelector('button') ?? row);
              }
            }}
          >
            <button
              type="button"
              className="jp-sm-bare jp-sm-rowButton"
              tabIndex={tabIndex}
              title={AlgorithmDescription ?? name}
              onClick={() => void sagemaker.open({ kind: ALL.kind, key: [name] })}
            >
              <span className="jp-sm-rowMain">
                <span className="jp-sm-rowName">{name}</span>
              </span>
              <span className="jp-sm-rowMore">
                <span className="jp-sm-badge" data-tone={tone(status)}>
                  {words(status)}
                </span>
                <span className="jp-sm-rowCount">
                  <Age trans={trans} since={CreationTime} />
                </span>
              </span>
            </button>
            <span className="jp-sm-rowTools">
              <button
                type="button"
                className="jp-sm-button jp-sm-rowMenu"
                tabIndex={tabIndex}
                title={trans.__('Actions of %1', name)}
                aria-label={trans.__('Actions of %1', name)}
                aria-haspopup="menu"
                onClick={event => menu(name, below(event.currentTarget), event.currentTarget)}
              >
                <ellipsesIcon.react tag="span" width="16px" height="16px" />
              </button>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function below(element: HTMLElement): MenuPlace {
  const { left, bottom } = (element.querySelector('.jp-sm-rowMenu') ?? element).getBoundingClientRect();
  return { x: left, y: bottom };
}
