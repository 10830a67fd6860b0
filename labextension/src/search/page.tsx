/** The search for jobs: a text, a kind and an order; and below what fits, page by page. */

import { type JSX, useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useAttempt } from '../sidebar/hooks';
import type { JobList } from '../sidebar/joblist';
import { Failure } from '../sidebar/message';
import type { FoundJobs, SearchWord } from '../model';
import type { ISageMaker } from '../tokens';
import type { Translate } from '../views/text';
import { examplesFor } from './examples';
import { SearchField } from './field';
import { Results } from './results';
import { type Kind, KINDS, NOTHING_WANTED, parseWanted, requestOf, type Wanted } from './wanted';
import '../views/style';
import '../../style/sidebar/jobs.css';
import '../../style/search/search.css';

export interface SearchPageProps {
  readonly sagemaker: ISageMaker;
  readonly list: JobList;
}

const NO_WORDS: readonly SearchWord[] = [];

/** What was found, and for what. */
interface Found {
  readonly wanted: Wanted;
  readonly answer: FoundJobs;
}

export function SearchPage({ sagemaker, list }: SearchPageProps): JSX.Element {
  const { trans, server, source } = sagemaker;
  const { state } = list;
  const kept = useSyncExternalStore(
    useCallback(listener => state.subscribe(listener), [state]),
    () => state.get().search
  );
  const wanted = useMemo(() => parseWanted(kept), [kept]);
  const [found, setFound] = useState<Found | null>(null);
  const words = useWords(sagemaker, wanted.kind, found?.answer.connection ?? null);
  const { busy, problem, attempt } = useAttempt();
  const keep = useCallback((next: Wanted) => state.set({ search: JSON.stringify(next) }), [state]);

  // A later answer to an earlier question must not win.
  const turn = useRef(0);
  const look = useCallback(
    (next: Wanted, before: Found | null = null): void => {
      const mine = ++turn.current;
      void attempt(async () => {
        const request = requestOf(next, before?.answer.token ?? null);
        const answer = await server.call<FoundJobs>('POST', ['job-search'], request);
        if (mine === turn.current) {
          const jobs = [...(before?.answer.jobs ?? []), ...answer.jobs];
          setFound({ wanted: next, answer: { ...answer, jobs } });
        }
      });
    },
    [attempt, server]
  );
  const search = (change: Partial<Wanted> = {}): void => {
    const next = { ...wanted, ...change, ran: true };
    keep(next);
    look(next);
  };

  useEffect(() => {
    let here = true;
    void state.restored.then(() => {
      const before = parseWanted(state.get().search);
      if (here && before.ran) {
        look(before);
      }
    });
    return () => {
      here = false;
    };
  }, [state, look]);
  const shown = useRef<Found | null>(null);
  useEffect(() => {
    shown.current = found;
  }, [found]);
  // What was stopped or deleted here, or on which connection one is: the answer is another one.
  useEffect(() => source.onAct(() => shown.current && look(shown.current.wanted)), [source, look]);

  const more = found?.answer.token === null ? null : found;
  const count = found?.answer.jobs.length ?? 0;
  return (
    <div className="jp-sm jp-sm-search" role="search" aria-label={trans.__('Search jobs')}>
      <form
        className="jp-sm-searchBar"
        onSubmit={event => {
          event.preventDefault();
          search();
        }}
      >
        <SearchField
          trans={trans}
          text={wanted.text}
          words={words}
          wrong={problem !== null}
          onText={text => keep({ ...wanted, text })}
          onSubmit={search}
        />
        <select
          value={wanted.kind}
          aria-label={trans.__('Kind of the jobs')}
          onChange={event => {
            // What one kind can be sorted by the other may not have.
            const kind = KINDS.find(each => each === event.target.value) ?? NOTHING_WANTED.kind;
            keep({ ...wanted, kind, sort: NOTHING_WANTED.sort, descending: true });
          }}
        >
          {KINDS.map(kind => (
            <option key={kind} value={kind}>
              {kindName(trans, kind)}
            </option>
          ))}
        </select>
        <SortSelect trans={trans} wanted={wanted} words={words} onSort={sort => keep({ ...wanted, ...sort })} />
        <button type="submit" className="jp-sm-button jp-sm-primary" disabled={busy}>
          {busy ? trans.__('Searching…') : trans.__('Search')}
        </button>
      </form>
      {problem && <Failure trans={trans} error={problem} />}
      <p className="jp-sm-of" role="status">
        {found !== null && told(trans, found, count)}
      </p>
      {found !== null && count > 0 && (
        <Results
          sagemaker={sagemaker}
          list={list}
          answer={found.answer}
          wanted={found.wanted}
          onSort={(sort, descending) => search({ sort, descending })}
        />
      )}
      {more !== null && (
        <div>
          <button type="button" className="jp-sm-button" disabled={busy} onClick={() => look(more.wanted, more)}>
            {trans.__('More')}
          </button>
        </div>
      )}
      {count === 0 && (
        <section className="jp-sm-searchHelp" aria-label={trans.__('How to search')}>
          <h3>{trans.__('How to search')}</h3>
          <p>
            {trans.__(
              'PROPERTY OPERATOR VALUE, joined by and, or and parentheses. The field offers what fits; an empty one finds all.'
            )}
          </p>
          <ul>
            {examplesFor(trans, wanted.kind, words).map(({ text, meaning }) => (
              <li key={text}>
                <button type="button" className="jp-sm-button" onClick={() => search({ text })}>
                  <code>{text}</code>
                </button>{' '}
                <span className="jp-sm-of">{meaning}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

/** What a text can be made of; nothing where nobody tells, for the search works without. */
function useWords({ server }: ISageMaker, kind: Kind, connection: string | null): readonly SearchWord[] {
  const [known, setKnown] = useState<{ kind: Kind; words: readonly SearchWord[] } | null>(null);
  useEffect(() => {
    let here = true;
    server.call<{ properties: SearchWord[] }>('GET', ['job-search', kind]).then(
      ({ properties }) => here && setKnown({ kind, words: properties }),
      () => undefined
    );
    return () => {
      here = false;
    };
  }, [server, kind, connection]);
  return known?.kind === kind ? known.words : NO_WORDS;
}

interface SortSelectProps {
  readonly trans: Translate;
  readonly wanted: Wanted;
  readonly words: readonly SearchWord[];
  readonly onSort: (sort: Pick<Wanted, 'sort' | 'descending'>) => void;
}

/** The likely orders; a press on the head of a column sorts by any. */
function SortSelect({ trans, wanted, words, onSort }: SortSelectProps): JSX.Element {
  const metrics = words.filter(({ name }) => name.startsWith('Metrics.')).map(({ name }) => name);
  const usual: readonly (readonly [string, string])[] = [
    ['created', trans.__('Created')],
    ['modified', trans.__('Modified')],
    ['name', trans.__('Name')],
    ['status', trans.__('Status')],
    ...metrics.map((name): [string, string] => [name, name])
  ];
  const own = usual.some(([name]) => name === wanted.sort) ? [] : [[wanted.sort, wanted.sort] as const];
  return (
    <span className="jp-sm-searchSort">
      <select
        value={wanted.sort}
        aria-label={trans.__('Sort by')}
        onChange={event => onSort({ sort: event.target.value, descending: wanted.descending })}
      >
        {[...usual, ...own].map(([name, label]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="jp-sm-button"
        aria-pressed={wanted.descending}
        title={wanted.descending ? trans.__('Most or newest first') : trans.__('Least or oldest first')}
        aria-label={trans.__('Most or newest first')}
        onClick={() => onSort({ sort: wanted.sort, descending: !wanted.descending })}
      >
        {wanted.descending ? '▼' : '▲'}
      </button>
    </span>
  );
}

function kindName(trans: Translate, kind: Kind): string {
  return kind === 'training' ? trans.__('Training jobs') : trans.__('Tuning jobs');
}

function told(trans: Translate, { wanted, answer }: Found, count: number): string {
  if (count === 0) {
    return trans.__('%1: nothing fits.', answer.label);
  }
  const counted =
    wanted.kind === 'training'
      ? trans._n('%1 training job', '%1 training jobs', count)
      : trans._n('%1 tuning job', '%1 tuning jobs', count);
  return answer.token === null
    ? trans.__('%1: %2', answer.label, counted)
    : trans.__('%1: the first %2', answer.label, counted);
}
