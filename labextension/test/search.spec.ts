import type { SearchWord } from '../src/model';
import { offersAt, withOffer } from '../src/search/completion';
import { examplesFor } from '../src/search/examples';
import { NOTHING_WANTED, parseWanted, requestOf } from '../src/search/wanted';
import { english } from '../src/views';

const word = (name: string, type: string, operators: string[], values: string[] = []): SearchWord => ({
  name,
  type,
  operators,
  values
});
const WORDS = [
  word('status', 'text', ['=', '!=', 'in', 'exists', 'not exists'], ['InProgress', 'Completed', 'Failed']),
  word('Metrics.validation:acc', 'numeric', ['<', '>'], ['0.9', '0.5', '0.7']),
  word('HyperParameters.opt', 'hyperparameter', ['=', 'in'], ['adam', `'"sgd"'`]),
  word('Tags."my team"', 'text', ['=', '~'], ['"red cats"'])
];

/** What is offered where the bar is. */
function offered(text: string): string[] {
  const at = text.indexOf('|');
  return offersAt(text.replace('|', ''), at, WORDS).items.map(item => item.text);
}

describe('what can be written next', () => {
  it('is a property at the beginning, after a joint and in parentheses', () => {
    expect(offered('|')).toEqual(WORDS.map(({ name }) => name));
    expect(offered('status = Failed and (metr|')).toEqual(['Metrics.validation:acc']);
    expect(offered('acc|')).toEqual(['Metrics.validation:acc']);
  });

  it('is an operator that fits the property', () => {
    expect(offered('metrics.validation:acc |')).toEqual(['<', '>']);
    expect(offered('Tags."my team" |')).toEqual(['=', '~']);
    expect(offered('nothing |')).toEqual([]);
  });

  it('is a value, also in a list of them', () => {
    expect(offered('status = fa|')).toEqual(['Failed']);
    expect(offered('HyperParameters.opt in (|')).toEqual(['adam', `'"sgd"'`]);
    expect(offered(`HyperParameters.opt in (adam, s|`)).toEqual([`'"sgd"'`]);
    expect(offered('Tags."my team" = |')).toEqual(['"red cats"']);
  });

  it('is a joint after a whole condition', () => {
    expect(offered('status = Failed |')).toEqual(['and', 'or']);
    expect(offered('status not exists |')).toEqual(['and', 'or']);
    expect(offered('HyperParameters.opt in (adam) |')).toEqual(['and', 'or']);
  });

  it('is nothing where the word is whole already', () => {
    expect(offered('status = failed|')).toEqual([]);
  });

  it('takes the place of the word around the caret, and no more', () => {
    const text = 'sta = Failed';
    const offers = offersAt(text, 2, WORDS);
    const [status] = offers.items;
    expect(status && withOffer(text, offers, status)).toEqual({ text: 'status = Failed', at: 7 });
    const end = offersAt('me', 2, WORDS);
    const [metric] = end.items;
    expect(metric && withOffer('me', end, metric).text).toBe('Metrics.validation:acc ');
  });
});

describe('examples', () => {
  it('name what the jobs here have', () => {
    const texts = examplesFor(english, 'training', WORDS).map(({ text }) => text);
    expect(texts).toContain('Metrics.validation:acc > 0.7');
    expect(texts).toContain(`HyperParameters.opt in (adam, '"sgd"')`);
    expect(texts).toContain('Tags."my team" = "red cats"');
  });

  it('teach where there are no jobs, and of tuning jobs ask for no metrics', () => {
    expect(examplesFor(english, 'training', []).map(({ text }) => text)).toContain('Metrics.loss < 0.2');
    expect(examplesFor(english, 'tuning', []).some(({ text }) => text.includes('Metrics'))).toBe(false);
  });
});

describe('what is searched for', () => {
  it('outlives a reload', () => {
    const wanted = { text: 'a = 1', kind: 'tuning', sort: 'Metrics.a:b', descending: false, ran: true } as const;
    expect(parseWanted(JSON.stringify(wanted))).toEqual(wanted);
    expect(requestOf(wanted, 't')).toEqual({ kind: 'tuning', text: 'a = 1', sort: 'Metrics.a:b:asc', token: 't' });
    expect(requestOf({ ...wanted, descending: true }, null)).toEqual({
      kind: 'tuning',
      text: 'a = 1',
      sort: 'Metrics.a:b'
    });
  });

  it('is nothing where what was kept cannot be understood', () => {
    for (const kept of ['', '{', 'null', '{"kind":"x","sort":"","text":3}']) {
      expect(parseWanted(kept)).toEqual(NOTHING_WANTED);
    }
  });
});
