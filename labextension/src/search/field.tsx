/** The field of a search, which offers what can be written next. */

import { type JSX, type KeyboardEvent, useId, useLayoutEffect, useRef, useState } from 'react';
import type { SearchWord } from '../model';
import type { Translate } from '../views/text';
import { type Offer, offersAt, withOffer } from './completion';

export interface SearchFieldProps {
  readonly trans: Translate;
  readonly text: string;
  readonly words: readonly SearchWord[];
  readonly wrong: boolean;
  readonly onText: (text: string) => void;
  readonly onSubmit: () => void;
}

export function SearchField({ trans, text, words, wrong, onText, onSubmit }: SearchFieldProps): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const [caret, setCaret] = useState<number | null>(null);
  const [active, setActive] = useState<number | null>(null);
  const offers = caret === null ? null : offersAt(text, caret, words);
  const items = offers?.items ?? [];
  const wanted = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (wanted.current !== null) {
      input.current?.setSelectionRange(wanted.current, wanted.current);
      wanted.current = null;
    }
  }, [text]);

  const close = (): void => {
    setCaret(null);
    setActive(null);
  };
  const offer = (): void => {
    setCaret(input.current?.selectionStart ?? text.length);
    setActive(null);
  };
  const take = (item: Offer | undefined): void => {
    if (offers && item) {
      const next = withOffer(text, offers, item);
      wanted.current = next.at;
      onText(next.text);
      setCaret(next.at);
      setActive(null);
      input.current?.focus();
    }
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      if (offers === null) {
        offer();
      } else if (items.length > 0) {
        const from = active ?? (step > 0 ? -1 : items.length);
        setActive((from + step + items.length) % items.length);
      }
    } else if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      offer();
    } else if (event.key === 'Escape' && items.length > 0) {
      event.stopPropagation();
      close();
    } else if ((event.key === 'Enter' || event.key === 'Tab') && active !== null && items.length > 0) {
      event.preventDefault();
      take(items[active]);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      close();
      onSubmit();
    }
  };

  const open = items.length > 0;
  return (
    <div className="jp-sm-searchField">
      <input
        ref={input}
        type="text"
        role="combobox"
        value={text}
        placeholder={trans.__('Metrics.loss < 0.2 and Tags.team = red')}
        aria-label={trans.__('What the jobs must be')}
        aria-expanded={open}
        aria-controls={`${id}-offers`}
        aria-autocomplete="list"
        aria-activedescendant={open && active !== null ? `${id}-${active}` : undefined}
        aria-invalid={wrong || undefined}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={event => {
          onText(event.target.value);
          setCaret(event.target.selectionStart);
          setActive(null);
        }}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <div id={`${id}-offers`} role="listbox" aria-label={trans.__('What can be written next')} hidden={!open}>
        {items.map((item, index) => (
          <div
            key={item.text}
            id={`${id}-${index}`}
            role="option"
            aria-selected={index === active}
            // The field keeps the focus.
            onPointerDown={event => {
              event.preventDefault();
              take(item);
            }}
          >
            <code>{item.text}</code> <span className="jp-sm-of">{item.note}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
