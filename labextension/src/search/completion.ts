/** What can be written next in a search. What a whole text means, and whether it is right, the server says. */

import type { SearchWord } from '../model';

export interface Offer {
  readonly text: string;
  /** A word about it; empty if there is nothing to say. */
  readonly note: string;
}

export interface Offers {
  /** The part of the text that an offer takes the place of. */
  readonly from: number;
  readonly to: number;
  readonly items: readonly Offer[];
}

const TOKEN = /"[^"]*"|'[^']*'|<=|>=|!=|==|[=<>~(),]|[^\s"'<>=!~(),]+/g;
const WORD = /[^\s"'<>=!~(),]*/;
const MOST = 8;
const JOINTS = ['and', 'or'];

type Place = { readonly next: 'property' | 'joint' } | { readonly next: 'operator' | 'value'; readonly of: string };

/** What can stand at a place in a text. */
export function offersAt(text: string, at: number, words: readonly SearchWord[]): Offers {
  const before = text.slice(0, at);
  const from = at - (new RegExp(`${WORD.source}$`).exec(before)?.[0].length ?? 0);
  const to = at + (WORD.exec(text.slice(at))?.[0].length ?? 0);
  const typed = text.slice(from, at).toLowerCase();
  const fitting = best(possible(placeAfter(text.slice(0, from)), words), typed);
  const whole = fitting.length === 1 && fitting[0]?.text.toLowerCase() === typed;
  return { from, to, items: whole ? [] : fitting };
}

/** A text with an offer taken, and where to go on writing. */
export function withOffer(text: string, { from, to }: Offers, { text: word }: Offer): { text: string; at: number } {
  const after = text.slice(to);
  const gap = after.startsWith(' ') ? '' : ' ';
  return { text: text.slice(0, from) + word + gap + after, at: from + word.length + 1 };
}

function possible(place: Place, words: readonly SearchWord[]): readonly Offer[] {
  switch (place.next) {
    case 'property':
      return words.map(({ name, type }) => ({ text: name, note: type }));
    case 'joint':
      return plain(JOINTS);
    case 'operator':
      return plain(wordNamed(words, place.of)?.operators ?? []);
    case 'value':
      return plain(wordNamed(words, place.of)?.values ?? []);
  }
}

function plain(texts: readonly string[]): readonly Offer[] {
  return texts.map(text => ({ text, note: '' }));
}

function wordNamed(words: readonly SearchWord[], name: string): SearchWord | undefined {
  return words.find(word => word.name.toLowerCase() === name.toLowerCase());
}

/** Those that begin so come before those that have it somewhere. */
function best(offers: readonly Offer[], typed: string): readonly Offer[] {
  const begins = offers.filter(({ text }) => text.toLowerCase().startsWith(typed));
  const has = offers.filter(offer => !begins.includes(offer) && offer.text.toLowerCase().includes(typed));
  return [...begins, ...has].slice(0, MOST);
}

function placeAfter(text: string): Place {
  let place: Place = { next: 'property' };
  let listed = false;
  for (const token of text.match(TOKEN) ?? []) {
    const word = token.toLowerCase();
    if (place.next === 'property') {
      place = token === '(' ? place : { next: 'operator', of: token };
    } else if (place.next === 'operator') {
      // A name with a space in it: Tags."my team".
      const named: boolean = place.of.endsWith('.') && /^["']/.test(token);
      place = named
        ? { next: 'operator', of: place.of + token }
        : word === 'not'
          ? place
          : word === 'exists'
            ? { next: 'joint' }
            : { next: 'value', of: place.of };
      listed ||= word === 'in';
    } else if (place.next === 'value') {
      const { of }: { of: string } = place;
      if (listed ? token === ')' : token !== '(') {
        place = { next: 'joint' };
        listed = false;
      } else {
        place = { next: 'value', of };
      }
    } else {
      place = JOINTS.includes(word) ? { next: 'property' } : place;
    }
  }
  return place;
}
