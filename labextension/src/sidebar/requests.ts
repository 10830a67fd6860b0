/** Requests about rows, by AWS's names. */

import type { Watch } from '../model';
import type { Row } from './rows';

const NOUNS: Readonly<Record<string, string>> = {
  domains: 'Domain',
  'user-profiles': 'UserProfile',
  spaces: 'Space',
  apps: 'App',
  algorithms: 'Algorithm',
  'training-jobs': 'TrainingJob',
  'tuning-jobs': 'HyperParameterTuningJob',
  'compilation-jobs': 'CompilationJob'
};

/** AWS's noun for a kind. */
export function nounOf(kind: string): string {
  return NOUNS[kind] ?? kind;
}

/** The members of a request that name a thing of Studio. */
export function keyMembers({ kind, key }: Watch): Record<string, string> {
  const [domain = '', second = '', third = '', type = '', name = ''] = key;
  switch (kind) {
    case 'domains':
      return { DomainId: domain };
    case 'user-profiles':
      return { DomainId: domain, UserProfileName: second };
    case 'spaces':
      return { DomainId: domain, SpaceName: second };
    default:
      return {
        DomainId: domain,
        [second === 'space' ? 'SpaceName' : 'UserProfileName']: third,
        AppType: type,
        AppName: name
      };
  }
}

/** The request by which the server would start it on an instance: what is checked beforehand. */
export function startRequest(row: Row, instance: string | null): object {
  return {
    ...(row.kind === 'apps' ? keyMembers(row) : { ...keyMembers(row), AppType: row.app_type, AppName: 'default' }),
    ...(instance !== null && { ResourceSpec: { InstanceType: instance } })
  };
}

/** The instance type that a space has been given in its settings, by what Describe tells. */
export function usualInstance(row: Row, described: unknown): string | null {
  const settings = member(member(described, 'SpaceSettings'), `${row.app_type ?? ''}AppSettings`);
  const found =
    member(member(settings, 'DefaultResourceSpec'), 'InstanceType') ??
    member(member(described, 'ResourceSpec'), 'InstanceType');
  return typeof found === 'string' ? found : null;
}

function member(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null ? (of as Record<string, unknown>)[name] : undefined;
}
