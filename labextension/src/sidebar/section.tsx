/** The Studio section of the panel: the tree, its filter, and what is to be said of it as a whole. */

import { addIcon, caretDownIcon, caretRightIcon, refreshIcon } from '@jupyterlab/ui-components';
import { type JSX, useCallback, useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import type { LiveState } from '../source';
import type { ISageMaker } from '../tokens';
import type { Translate } from '../views/text';
import { barred, denialOf } from '../denied';
import { LastUpdated } from './age';
import { aimOf, deedsOf, type Deed } from './deeds';
import { useDenied } from './hooks';
import { Failure } from './message';
import { stay } from './moves';
import type { SidebarEvents } from './panel';
import { progressOf, usualDeed } from './rowdeeds';
import { type Action, branchesOf, rowsOf } from './rows';
import type { StudioTree } from './studio';
import { type Item, treeOf } from './tree';
import { TreeView } from './treeview';

export interface StudioSectionProps {
  readonly sagemaker: ISageMaker;
  readonly studio: StudioTree;
  readonly live: LiveState;
  readonly actions: LiveState;
  /** Trouble that is told elsewhere already. */
  readonly told: string | null;
  readonly events: Pick<SidebarEvents, 'onDeed' | 'onMenu'>;
}

const NONE = {};

export function StudioSection(props: StudioSectionProps): JSX.Element {
  const { sagemaker, studio, live, actions, told } = props;
  const { onDeed, onMenu } = props.events;
  const { trans, source } = sagemaker;
  const { state } = studio;
  const denied = useDenied(sagemaker);
  const saved = useSyncExternalStore(
    useCallback(listener => state.subscribe(listener), [state]),
    () => state.get()
  );
  const { snapshot, problem } = live;
  const rows = useMemo(() => rowsOf(snapshot), [snapshot]);
  const branches = useMemo(() => branchesOf(snapshot), [snapshot]);
  useEffect(() => studio.takeRows(rows ?? []), [studio, rows]);
  const actionItems = actions.snapshot?.items as readonly Action[] | undefined;
  useEffect(() => {
    if (actionItems) {
      studio.takeActions(actionItems);
    }
  }, [studio, actionItems]);
  const newest = useSyncExternalStore(
    useCallback(
      listener => {
        studio.changed.connect(listener);
        return () => studio.changed.disconnect(listener);
      },
      [studio]
    ),
    () => studio.actions
  );

  // While a filter is set everything is unfolded; what is folded then is forgotten with the filter.
  const [filtered, setFiltered] = useState<Readonly<Record<string, boolean>>>(NONE);
  const { filter, active } = saved;
  const filtering = filter.trim() !== '';
  const toggled = filtering ? filtered : saved.toggled;
  const tree = useMemo(() => treeOf(rows ?? [], branches, { filter, toggled }), [rows, branches, filter, toggled]);
  const before = useRef<readonly Item[]>([]);
  useEffect(() => {
    const kept = stay(tree.items, before.current, active);
    before.current = tree.items;
    if (kept !== active) {
      state.set({ active: kept });
    }
  }, [tree, active, state]);

  const folded = saved.folded.includes('studio');
  const bodyId = useId();
  const filterInput = useRef<HTMLInputElement>(null);
  const section = useRef<HTMLElement>(null);

  const onActive = useCallback((id: string) => state.set({ active: id }), [state]);
  const onToggle = useCallback(
    (change: Readonly<Record<string, boolean>>) => {
      if (filtering) {
        setFiltered(known => ({ ...known, ...change }));
      } else {
        state.toggle(change);
      }
    },
    [state, filtering]
  );
  const events = useMemo(
    () => ({
      onUsual: (item: Item) => {
        if (item.type !== 'row') {
          return;
        }
        const deed = usualDeed(item.row, deedsOf(item.row, studio.actionOf(item.row)));
        if (deed) {
          onDeed(deed, item.row);
        } else if (item.expanded !== null) {
          onToggle({ [item.id]: !item.expanded });
        }
      },
      onDeed: (item: Item, deed: Deed) => {
        if (item.type === 'row' && deedsOf(item.row, studio.actionOf(item.row)).includes(deed)) {
          onDeed(deed, item.row);
        }
      },
      onRetry: () => source.refresh(true)
    }),
    [studio, onDeed, onToggle, source]
  );
  const setFilter = (text: string): void => {
    setFiltered(NONE);
    state.set({ filter: text });
  };

  const error = snapshot?.error ?? null;
  const stale = rows !== null && (problem !== null || error !== null);
  return (
    <section ref={section} className="jp-sm-studio" aria-label={trans.__('Studio')} data-folded={folded || undefined}>
      <header>
        <h3>
          <button
            type="button"
            className="jp-sm-bare jp-sm-fold"
            aria-expanded={!folded}
            aria-controls={bodyId}
            onClick={() => state.fold('studio', !folded)}
          >
            {folded ? <caretRightIcon.react tag="span" /> : <caretDownIcon.react tag="span" />}
            {trans.__('Studio')}
          </button>
        </h3>
        <span className="jp-sm-treeTools">
          <button
            type="button"
            className="jp-sm-button jp-sm-new"
            aria-haspopup="menu"
            title={trans.__('New space, user profile, app or domain')}
            onClick={event => onMenu(event.currentTarget, event.currentTarget)}
          >
            <addIcon.react tag="span" /> {trans.__('New')}
          </button>
          <button
            type="button"
            className="jp-sm-button"
            title={trans.__('Look again')}
            aria-label={trans.__('Look again')}
            onClick={() => source.refresh(true)}
          >
            <refreshIcon.react tag="span" />
          </button>
        </span>
      </header>
      <div id={bodyId} className="jp-sm-studioBody" hidden={folded}>
        <div className="jp-sm-treeFilter">
          <input
            ref={filterInput}
            type="search"
            value={filter}
            placeholder={trans.__('Filter')}
            aria-label={trans.__('Filter by name, status, instance or owner')}
            spellCheck={false}
            onChange={event => setFilter(event.target.value)}
            onKeyDown={event => {
              if (event.key === 'ArrowDown' || event.key === 'Enter') {
                event.preventDefault();
                section.current?.querySelector<HTMLElement>('[role="tree"]')?.focus();
              } else if (event.key === 'Escape' && filter !== '') {
                event.stopPropagation();
                setFilter('');
              }
            }}
          />
          <span className="jp-sm-of" role="status">
            {filtering && rows !== null && trans.__('%1 of %2', tree.matching, tree.total)}
          </span>
        </div>
        {error && error.message !== told && <Failure trans={trans} error={error} />}
        {stale && snapshot && snapshot.updated > 0 && (
          <p>
            <LastUpdated trans={trans} since={snapshot.updated} />
          </p>
        )}
        {rows === null && !problem && !error && (
          <p className="jp-sm-of" role="status">
            {trans.__('Loading…')}
          </p>
        )}
        {rows?.length === 0 && !error && tree.items.length === 0 && (
          <div className="jp-sm-welcome">
            <p className="jp-sm-of">{trans.__('There is no Studio domain on this connection.')}</p>
            <button
              type="button"
              className="jp-sm-button"
              {...barred(trans, denialOf(denied, ...aimOf('new-domain', null)))}
              onClick={() => onDeed('new-domain', null)}
            >
              {trans.__('New domain')}
            </button>
          </div>
        )}
        {rows !== null && rows.length > 0 && tree.items.length === 0 && (
          <p className="jp-sm-of">{trans.__('Nothing matches the filter.')}</p>
        )}
        {tree.items.length > 0 && (
          <TreeView
            trans={trans}
            items={tree.items}
            active={active}
            actions={newest}
            denied={denied}
            busy={stale}
            onActive={onActive}
            onToggle={onToggle}
            events={events}
            onMenu={onMenu}
          />
        )}
        <Announcer trans={trans} actions={newest} known={studio.heard} />
      </div>
    </section>
  );
}

interface AnnouncerProps {
  readonly trans: Translate;
  readonly actions: ReadonlyMap<string, Action>;
  /** Whether the server has told of its actions: what had been done before is no news. */
  readonly known: boolean;
}

/** Says to a screen reader what each action has come to. */
function Announcer({ trans, actions, known }: AnnouncerProps): JSX.Element {
  const newest = [...actions.values()].reduce<Action | null>(
    (found, action) => (found && lastOf(found) > lastOf(action) ? found : action),
    null
  );
  const text = newest === null ? '' : outcome(trans, newest);
  const [old, setOld] = useState<string | null>(null);
  if (known && old === null) {
    setOld(text);
  }
  return (
    <span className="jp-sm-unseen" role="status">
      {old === null || old === text ? '' : text}
    </span>
  );
}

function outcome(trans: Translate, action: Action): string {
  switch (action.status) {
    case 'Running':
      return `${action.label}: ${progressOf(action).text}`;
    case 'Succeeded':
      return trans.__('%1: done', action.label);
    case 'Failed':
      return trans.__('%1 failed: %2', action.label, action.error?.message ?? '');
  }
}

function lastOf(action: Action): number {
  return action.ended ?? action.created;
}
