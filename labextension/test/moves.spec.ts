import { move, stay, Typeahead } from '../src/sidebar/moves';
import { treeOf } from '../src/sidebar/tree';
import { app, domain, profile, space } from './studio_rows';

const ROWS = [
  domain('d-1', { name: 'team' }),
  space('alpha'),
  space('beta'),
  profile('me', { apps: [app('JupyterServer', 'default')] })
];
const DOMAIN = 'domains/d-1';
const SPACES = 'domains/d-1/spaces';
const items = (folded: string[] = [], rows = ROWS) =>
  treeOf(rows, {}, { filter: '', toggled: Object.fromEntries(folded.map(id => [id, false])) }).items;

describe('move', () => {
  it.each([
    ['ArrowDown', DOMAIN, SPACES],
    ['ArrowUp', SPACES, DOMAIN],
    ['ArrowUp', DOMAIN, DOMAIN],
    ['ArrowDown', 'apps/d-1/profile/me/JupyterServer/default', 'apps/d-1/profile/me/JupyterServer/default'],
    ['Home', 'spaces/d-1/beta', DOMAIN],
    ['End', DOMAIN, 'apps/d-1/profile/me/JupyterServer/default'],
    ['PageDown', DOMAIN, 'spaces/d-1/alpha'],
    ['PageUp', 'spaces/d-1/beta', SPACES],
    ['ArrowRight', SPACES, 'spaces/d-1/alpha'],
    ['ArrowLeft', 'spaces/d-1/beta', SPACES]
  ])('%s on %s', (key, from, to) => {
    expect(move(items(), from, key, 2)).toEqual({ active: to });
  });

  it('folds and unfolds, and stays where it is', () => {
    expect(move(items(), SPACES, 'ArrowLeft', 9)).toEqual({ active: SPACES, toggle: { [SPACES]: false } });
    expect(move(items([SPACES]), SPACES, 'ArrowRight', 9)).toEqual({ active: SPACES, toggle: { [SPACES]: true } });
    expect(move(items([SPACES]), SPACES, 'ArrowLeft', 9)).toEqual({ active: DOMAIN });
  });

  it('unfolds all siblings', () => {
    const groups = { [SPACES]: true, [`${DOMAIN}/user-profiles`]: true };
    expect(move(items([SPACES]), SPACES, '*', 9)).toEqual({ active: SPACES, toggle: groups });
  });

  it('begins at the top, and does nothing where nothing can be done', () => {
    expect(move(items(), null, 'ArrowDown', 9)).toEqual({ active: DOMAIN });
    expect(move(items(), 'spaces/d-1/beta', 'ArrowRight', 9)).toBeNull();
    expect(move(items([DOMAIN]), DOMAIN, 'ArrowLeft', 9)).toBeNull();
    expect(move(items(), DOMAIN, 'F5', 9)).toBeNull();
    expect(move([], null, 'ArrowDown', 9)).toBeNull();
  });
});

describe('stay', () => {
  const without = (...names: string[]) =>
    items(
      [],
      ROWS.filter(({ name }) => !names.includes(name))
    );

  it('goes to the next of its kind, then to the one before', () => {
    expect(stay(without('alpha'), items(), 'spaces/d-1/alpha')).toBe('spaces/d-1/beta');
    expect(stay(without('beta'), items(), 'spaces/d-1/beta')).toBe('spaces/d-1/alpha');
  });

  it('goes to what it was folded into', () => {
    expect(stay(items([SPACES]), items(), 'spaces/d-1/beta')).toBe(SPACES);
  });

  it('waits for what has not been seen yet', () => {
    expect(stay(items(), [], 'spaces/d-1/later')).toBe('spaces/d-1/later');
    expect(stay(items(), items(), null)).toBeNull();
  });
});

describe('Typeahead', () => {
  const labels = ['team', 'alpha', 'beta', 'better', 'Betty'];

  it('goes on with what is being typed', () => {
    const typed = new Typeahead();
    expect(typed.next(labels, 0, 'b', 0)).toBe(2);
    expect(typed.next(labels, 2, 'e', 100)).toBe(2);
    expect(typed.next(labels, 2, 't', 200)).toBe(2);
    expect(typed.next(labels, 2, 't', 300)).toBe(3);
    expect(typed.next(labels, 3, 'y', 400)).toBe(4);
    expect(typed.next(labels, 4, 'z', 500)).toBe(-1);
  });

  it('goes through all with the same first letter', () => {
    const typed = new Typeahead();
    expect(typed.next(labels, 0, 'b', 0)).toBe(2);
    expect(typed.next(labels, 2, 'b', 100)).toBe(3);
    expect(typed.next(labels, 3, 'b', 200)).toBe(4);
    expect(typed.next(labels, 4, 'b', 300)).toBe(2);
  });

  it('begins anew after a pause', () => {
    const typed = new Typeahead();
    typed.next(labels, 0, 'b', 0);
    expect(typed.typing(500)).toBe(true);
    expect(typed.typing(5000)).toBe(false);
    expect(typed.next(labels, 2, 'a', 5000)).toBe(1);
  });
});
