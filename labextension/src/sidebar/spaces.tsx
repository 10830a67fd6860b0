import type { JSX } from 'react';
import { SpaceForm } from '../forms/space';
import type { ConnectionState, ServiceError, SpaceSummary } from '../model';
import type { ISageMaker } from '../tokens';
import { tone, words } from '../views/text';
import { Message } from './message';

export interface SpacesSectionProps {
  readonly sagemaker: ISageMaker;
  readonly connection: ConnectionState | null;
  /** Null: not known yet. */
  readonly items: readonly SpaceSummary[] | null;
  readonly error: ServiceError | null;
  readonly creating: boolean;
  readonly onCreate: (open: boolean) => void;
}

export function SpacesSection(props: SpacesSectionProps): JSX.Element {
  const { sagemaker, connection, items, error, creating, onCreate } = props;
  const { trans } = sagemaker;
  return (
    <section className="jp-sm-spaces" aria-label={trans.__('Spaces')}>
      <header>
        <h3>{trans.__('Spaces')}</h3>
        <button type="button" className="jp-sm-button" aria-expanded={creating} onClick={() => onCreate(!creating)}>
          {trans.__('New space')}
        </button>
      </header>
      {creating && <SpaceForm sagemaker={sagemaker} connection={connection} onDone={() => onCreate(false)} />}
      {error && <Message tone="bad" text={error.message} hint={error.hint} />}
      {items?.length === 0 && !creating && !error && <p className="jp-sm-of">{trans.__('No spaces.')}</p>}
      <ul className="jp-sm-rows">
        {items?.map(space => (
          <li key={`${space.DomainId}/${space.SpaceName}`} className="jp-sm-row">
            <div className="jp-sm-rowMain">
              <span className="jp-sm-rowName" title={space.SpaceName}>
                {space.SpaceDisplayName ?? space.SpaceName}
              </span>
              <span className="jp-sm-badge" data-tone={tone(space.Status ?? null)}>
                {words(space.Status ?? '')}
              </span>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
