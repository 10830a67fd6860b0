/** One line of the Studio tree: what it is, how it is, what is being done with it. */

import { type JSX, type MouseEvent, memo } from 'react';
import { caretDownIcon, caretRightIcon, ellipsesIcon, launchIcon, runIcon } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import { barred } from '../denied';
import type { DeniedDeed } from '../model';
import { LastUpdated } from './age';
import { deedsOf, type Deed } from './deeds';
import { StateMark } from './mark';
import { Statement } from './message';
import { denialOn, progressOf, usualDeed } from './rowdeeds';
import { type Action, label } from './rows';
import { branchName, describe, sharingWord } from './said';
import type { GroupItem, Item, NoteItem, RowItem } from './tree';

export interface RowEvents {
  readonly onSelect: (item: Item) => void;
  readonly onToggle: (item: Item) => void;
  readonly onUsual: (item: Item) => void;
  readonly onDeed: (item: Item, deed: Deed) => void;
  /** Open the menu of actions below a button. */
  readonly onMenu: (item: Item, at: HTMLElement) => void;
  readonly onRetry: () => void;
}

export interface TreeRowProps {
  readonly trans: TranslationBundle;
  readonly id: string;
  readonly item: Item;
  readonly index: number;
  readonly top: number;
  readonly active: boolean;
  readonly action: Action | null;
  readonly denied: readonly DeniedDeed[];
  readonly events: RowEvents;
  readonly measure: (node: HTMLElement | null) => void;
}

/** How long the list is does not matter to a row that has not changed. */
export const TreeRow = memo(function TreeRow(props: TreeRowProps): JSX.Element {
  const { trans, id, item, index, top, active, action, events, measure } = props;
  const { type, level, expanded } = item;
  const deeds = type === 'row' ? deedsOf(item.row, action) : [];
  // The keyboard is the tree's own: what is active there, by aria-activedescendant.
  /* eslint-disable jsx-a11y/interactive-supports-focus, jsx-a11y/click-events-have-key-events */
  return (
    <div
      ref={measure}
      id={id}
      data-index={index}
      className="jp-sm-treeRow"
      role="treeitem"
      aria-level={level}
      aria-posinset={item.position}
      aria-setsize={item.size}
      aria-expanded={expanded ?? undefined}
      aria-selected={active}
      aria-label={describe(trans, item, action)}
      data-type={type}
      data-kind={type === 'row' ? item.row.kind : undefined}
      data-can={deeds.join(' ')}
      data-dim={type !== 'row' && item.problem !== null ? true : undefined}
      style={{ transform: `translateY(${top}px)`, paddingInlineStart: 4 + (level - 1) * 12 }}
      onClick={() => {
        events.onSelect(item);
        if (type === 'group') {
          events.onToggle(item);
        }
      }}
      onContextMenu={() => events.onSelect(item)}
      onDoubleClick={() => {
        if (type === 'row') {
          events.onUsual(item);
        }
      }}
    >
      <span
        className="jp-sm-twisty"
        aria-hidden="true"
        onClick={event => {
          if (expanded !== null) {
            event.stopPropagation();
            events.onToggle(item);
          }
        }}
        onDoubleClick={event => event.stopPropagation()}
      >
        {expanded !== null && (expanded ? <caretDownIcon.react tag="span" /> : <caretRightIcon.react tag="span" />)}
      </span>
      {type === 'row' && <RowContent {...props} item={item} deeds={deeds} />}
      {type === 'group' && <GroupContent trans={trans} item={item} />}
      {type === 'note' && <NoteContent trans={trans} item={item} active={active} events={events} />}
    </div>
  );
  /* eslint-enable */
});

function RowContent(props: TreeRowProps & { readonly item: RowItem; readonly deeds: readonly Deed[] }): JSX.Element {
  const { trans, item, active, action, denied, events, deeds } = props;
  const { row, level } = item;
  const name = label(row, level < 4);
  const usual = usualDeed(row, deeds);
  const usualLabel = usual === 'open' ? trans.__('Open %1', name) : trans.__('Start %1', name);
  const press = (event: MouseEvent, act: () => void): void => {
    event.stopPropagation();
    events.onSelect(item);
    act();
  };
  // Tab goes to the buttons of the active row only: 500 rows are one stop, not a thousand.
  const tabIndex = active ? 0 : -1;
  const owner = row.kind === 'domains' ? row.domain : row.kind === 'spaces' ? row.owner : null;
  const sharing = sharingWord(trans, row);
  return (
    <>
      <span className="jp-sm-treeMain">
        <span className="jp-sm-treeName" title={name}>
          <bdi>{name}</bdi>
          {row.here && <span className="jp-sm-here">{trans.__('this place')}</span>}
        </span>
        <span className="jp-sm-treeMeta" title={[owner, sharing].filter(Boolean).join(' · ')}>
          <span>
            {owner && <bdi>{owner}</bdi>}
            {owner && sharing && ' · '}
            {sharing}
          </span>
        </span>
        <span className="jp-sm-treeButtons">
          {usual && (
            <button
              type="button"
              className="jp-sm-button jp-sm-treeUsual"
              tabIndex={tabIndex}
              aria-label={usualLabel}
              {...barred(trans, denialOn(denied, usual, row), usualLabel)}
              onClick={event => press(event, () => events.onDeed(item, usual))}
              onDoubleClick={event => event.stopPropagation()}
            >
              {usual === 'open' ? <launchIcon.react tag="span" /> : <runIcon.react tag="span" />}
            </button>
          )}
          <button
            type="button"
            className="jp-sm-button jp-sm-treeMore"
            tabIndex={tabIndex}
            title={trans.__('Actions of %1', name)}
            aria-label={trans.__('Actions of %1', name)}
            aria-haspopup="menu"
            onClick={event => press(event, () => events.onMenu(item, event.currentTarget))}
            onDoubleClick={event => event.stopPropagation()}
          >
            <ellipsesIcon.react tag="span" />
          </button>
        </span>
        <span className="jp-sm-treeState" title={row.reason ?? row.text}>
          <StateMark state={row.state} />
          <bdi>{row.text}</bdi>
        </span>
        {action && (
          <ActionNote trans={trans} action={action} item={item} events={events} tabIndex={tabIndex} onDismiss={press} />
        )}
      </span>
    </>
  );
}

interface ActionNoteProps {
  readonly trans: TranslationBundle;
  readonly action: Action;
  readonly item: Item;
  readonly events: RowEvents;
  readonly tabIndex: number;
  readonly onDismiss: (event: MouseEvent, act: () => void) => void;
}

/** What is being done, step by step; or why it failed, until that has been read. */
function ActionNote({ trans, action, item, events, tabIndex, onDismiss }: ActionNoteProps): JSX.Element | null {
  if (action.status === 'Running') {
    const { text, done, total } = progressOf(action);
    return (
      <span className="jp-sm-treeProgress">
        <progress aria-label={action.label} max={Math.max(1, total)} {...(total > 1 && { value: done })} />
        <span>{total > 1 ? trans.__('%1 (%2 of %3)', text, Math.min(done + 1, total), total) : text}</span>
      </span>
    );
  }
  if (action.status === 'Failed') {
    return (
      <span className="jp-sm-notice jp-sm-treeFailure" data-tone="bad">
        <span>
          <b>{action.label}</b>: {action.error?.message ?? trans.__('it failed.')}
          {action.error?.hint && <span className="jp-sm-hint">{action.error.hint}</span>}
          <Statement trans={trans} text={action.error?.statement} tabIndex={tabIndex} />
        </span>
        <button
          type="button"
          className="jp-sm-button"
          tabIndex={tabIndex}
          onClick={event => onDismiss(event, () => events.onDeed(item, 'dismiss'))}
        >
          {trans.__('Dismiss')}
        </button>
      </span>
    );
  }
  return null;
}

function GroupContent({ trans, item }: { readonly trans: TranslationBundle; readonly item: GroupItem }): JSX.Element {
  return (
    <span className="jp-sm-treeGroup">
      {branchName(trans, item.branch)}
      {item.count !== null && <span className="jp-sm-count">{item.count}</span>}
    </span>
  );
}

interface NoteContentProps {
  readonly trans: TranslationBundle;
  readonly item: NoteItem;
  readonly active: boolean;
  readonly events: RowEvents;
}

function NoteContent({ trans, item, active, events }: NoteContentProps): JSX.Element {
  const { branch, problem } = item;
  if (!problem) {
    return (
      <span className="jp-sm-treeNote jp-sm-of">
        {branch === 'spaces' ? trans.__('No spaces.') : trans.__('No user profiles.')}
      </span>
    );
  }
  return (
    <span className="jp-sm-treeNote" title={problem.message}>
      <span>
        {trans.__('%1 cannot be listed.', branchName(trans, branch))}{' '}
        {problem.action !== null ? (
          <>
            {trans.__('Missing permission:')} <code>{problem.action}</code>
          </>
        ) : (
          problem.message
        )}
        {problem.updated !== null && (
          <>
            {' '}
            <LastUpdated trans={trans} since={problem.updated} />
          </>
        )}
      </span>
      <Statement trans={trans} text={problem.statement} tabIndex={active ? 0 : -1} />
      <button
        type="button"
        className="jp-sm-button"
        tabIndex={active ? 0 : -1}
        onClick={event => {
          event.stopPropagation();
          events.onRetry();
        }}
      >
        {trans.__('Retry')}
      </button>
    </span>
  );
}
