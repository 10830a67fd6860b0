/** The tree on the screen: only what is in sight is drawn, and the keyboard goes through all of it. */

import { defaultRangeExtractor, type Range, useVirtualizer } from '@tanstack/react-virtual';
import { type JSX, type KeyboardEvent, useCallback, useEffect, useId, useMemo, useRef } from 'react';
import type { TranslationBundle } from '@jupyterlab/translation';
import { type DeniedDeed, watchId } from '../model';
import { move, Typeahead } from './moves';
import { type RowEvents, TreeRow } from './row';
import type { Action } from './rows';
import { nameOf } from './said';
import type { Item } from './tree';

export interface TreeViewProps {
  readonly trans: TranslationBundle;
  readonly items: readonly Item[];
  readonly active: string | null;
  readonly actions: ReadonlyMap<string, Action>;
  readonly denied: readonly DeniedDeed[];
  readonly busy: boolean;
  readonly onActive: (id: string) => void;
  readonly onToggle: (change: Readonly<Record<string, boolean>>) => void;
  readonly events: Pick<RowEvents, 'onUsual' | 'onDeed' | 'onRetry'>;
  readonly onMenu: (at: HTMLElement, back: HTMLElement) => void;
}

const ROW = 42;
const LINE = 26;

export function TreeView(props: TreeViewProps): JSX.Element {
  const { trans, items, active, actions, denied, busy, onActive, onToggle, events, onMenu } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const base = useId();
  const typeahead = useRef(new Typeahead());
  const activeIndex = items.findIndex(({ id }) => id === active);

  const rangeExtractor = useCallback(
    (range: Range) => {
      const seen = defaultRangeExtractor(range);
      // What a screen reader is on must be there, wherever the mouse wheel has gone.
      return activeIndex < 0 || seen.includes(activeIndex) ? seen : [...seen, activeIndex].sort((a, b) => a - b);
    },
    [activeIndex]
  );
  // eslint-disable-next-line react-hooks/incompatible-library -- it is told of every change by its own listeners
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: index => (items[index]?.type === 'row' ? ROW : LINE),
    getItemKey: index => items[index]?.id ?? index,
    overscan: 10,
    rangeExtractor
  });

  // The keyboard's place is brought into sight when it changes, not when a row above it grows.
  const shown = useRef<string | null>(null);
  useEffect(() => {
    if (activeIndex >= 0 && shown.current !== active) {
      shown.current = active;
      virtual.scrollToIndex(activeIndex, { align: 'auto' });
    }
  }, [active, activeIndex, virtual]);

  const rowId = (index: number): string => `${base}-${index}`;
  const openMenu = useCallback(
    (at: HTMLElement): void => {
      if (scroller.current) {
        onMenu(at, scroller.current);
      }
    },
    [onMenu]
  );
  const openActiveMenu = (): void => {
    const row = scroller.current?.querySelector<HTMLElement>('[role="treeitem"][aria-selected="true"]');
    const at = row?.querySelector<HTMLElement>('.jp-sm-treeMore') ?? row;
    if (at) {
      openMenu(at);
    }
  };

  const rowEvents = useMemo<RowEvents>(
    () => ({
      ...events,
      onSelect: item => onActive(item.id),
      onToggle: item => {
        if (item.expanded !== null) {
          onToggle({ [item.id]: !item.expanded });
        }
      },
      onMenu: (_, at) => openMenu(at)
    }),
    [events, onActive, onToggle, openMenu]
  );

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const item = items[activeIndex];
    const { key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    if (key === 'ContextMenu' || (key === 'F10' && event.shiftKey)) {
      event.preventDefault();
      event.stopPropagation();
      openActiveMenu();
      return;
    }
    // The buttons of a row are pressed by their own keys.
    if (event.target !== event.currentTarget) {
      return;
    }
    const now = performance.now();
    if (item && (key === 'Enter' || (key === ' ' && !typeahead.current.typing(now)))) {
      event.preventDefault();
      if (item.type === 'note') {
        events.onRetry();
      } else if (key === 'Enter' && item.type === 'row') {
        events.onUsual(item);
      } else {
        rowEvents.onToggle(item);
      }
      return;
    }
    if (item?.type === 'row' && key === 'Delete') {
      event.preventDefault();
      events.onDeed(item, 'delete');
      return;
    }
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW) - 1);
    const moved = event.shiftKey && key !== '*' ? null : move(items, active, key, page);
    if (moved) {
      event.preventDefault();
      onActive(moved.active);
      if (moved.toggle) {
        onToggle(moved.toggle);
      }
    } else if (key.length === 1) {
      event.preventDefault();
      const labels = items.map(each => nameOf(trans, each));
      const found = items[typeahead.current.next(labels, activeIndex, key, now)];
      if (found) {
        onActive(found.id);
      }
    }
  };

  return (
    <div
      ref={scroller}
      className="jp-sm-tree"
      role="tree"
      tabIndex={0}
      aria-label={trans.__('Domains, spaces and apps')}
      aria-busy={busy}
      aria-activedescendant={activeIndex < 0 ? undefined : rowId(activeIndex)}
      onKeyDown={onKeyDown}
      onFocus={() => {
        if (activeIndex < 0 && items[0]) {
          onActive(items[0].id);
        }
      }}
      onContextMenu={event => {
        // The menu key's own event comes to the tree itself; a menu is of a row.
        if (event.target === event.currentTarget && event.button !== 2) {
          event.preventDefault();
          event.stopPropagation();
          openActiveMenu();
        }
      }}
    >
      <div role="none" className="jp-sm-treeRows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const item = items[index];
          if (!item) {
            return null;
          }
          const id = item.type === 'row' ? watchId(item.row) : item.id;
          return (
            <TreeRow
              key={item.id}
              trans={trans}
              id={rowId(index)}
              item={item}
              index={index}
              top={start}
              active={index === activeIndex}
              action={actions.get(id) ?? null}
              denied={denied}
              events={rowEvents}
              measure={virtual.measureElement}
            />
          );
        })}
      </div>
    </div>
  );
}
