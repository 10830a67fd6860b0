/** Which of Jupyter's kernels are on apps, and where: told by the metadata of their kernelspecs. */

import type { KernelSpec } from '@jupyterlab/services';
import type { ReadonlyJSONValue } from '@lumino/coreutils';
import type { RemoteKernel } from '../model';

/** Member of a kernelspec's metadata that is ours. */
const OURS = 'jupyter_sm_ext';
const PARTS = 5;

/** A kernel on an app, as a page knows it. */
export interface KernelPlace {
  readonly name: string;
  readonly displayName: string;
  readonly connection: string;
  /** Parts of the app's REST path: domain, `space` or `profile`, owner, type, name. */
  readonly appKey: readonly string[];
  readonly instance: string | null;
  /** Name of the space or profile. */
  readonly owner: string;
  readonly language: string;
  /** Whether Jupyter offers it: its app runs, as far as anybody saw. */
  readonly ready: boolean;
}

/** Those that Jupyter offers now, by name. */
export function placesOf(specs: KernelSpec.ISpecModels | null): ReadonlyMap<string, KernelPlace> {
  const found = new Map<string, KernelPlace>();
  for (const [name, spec] of Object.entries(specs?.kernelspecs ?? {})) {
    const place = spec && placeOf(name, spec);
    if (place) {
      found.set(name, place);
    }
  }
  return found;
}

function placeOf(name: string, spec: KernelSpec.ISpecModel): KernelPlace | null {
  const told = spec.metadata?.[OURS] as Readonly<Record<string, ReadonlyJSONValue | undefined>> | undefined;
  const appKey = told?.app_key;
  if (!Array.isArray(appKey) || appKey.length !== PARTS || typeof told?.connection !== 'string') {
    return null;
  }
  return {
    name,
    displayName: spec.display_name,
    connection: told.connection,
    appKey: appKey.map(String),
    instance: typeof told.instance === 'string' ? told.instance : null,
    owner: String(appKey[2]),
    language: spec.language,
    ready: true
  };
}

/** The same, as the server tells it. */
function placeFrom(kernel: RemoteKernel): KernelPlace {
  return {
    name: kernel.name,
    displayName: kernel.display_name,
    connection: kernel.connection,
    appKey: kernel.app_key,
    instance: kernel.instance,
    owner: kernel.owner,
    language: kernel.language,
    ready: kernel.state === 'ready'
  };
}

/**
 * Kernels on apps that this page has seen. What Jupyter no longer offers is still known: a notebook may be on it.
 */
export class KnownKernels {
  private places: ReadonlyMap<string, KernelPlace> = new Map();

  /** Take what Jupyter offers now; what it no longer does is kept, as stopped. */
  take(specs: KernelSpec.ISpecModels | null): void {
    const gone = [...this.places.values()].map(place => [place.name, { ...place, ready: false }] as const);
    this.places = new Map([...gone, ...placesOf(specs)]);
  }

  /** Take what the server knows; Jupyter's own word on what it offers stands. */
  learn(kernels: readonly RemoteKernel[]): void {
    const told = kernels.map(kernel => [kernel.name, placeFrom(kernel)] as const);
    this.places = new Map([...told, ...this.places]);
  }

  get(name: string | null | undefined): KernelPlace | null {
    return this.places.get(name ?? '') ?? null;
  }
}

/** Whether a kernel's name may be one of ours. */
export function looksLikeOurs(name: string | null | undefined): boolean {
  return name?.startsWith('sm-') ?? false;
}

/** The kernel of an app for a notebook: one of its language, else the app's default one. */
export function fitting(kernels: readonly RemoteKernel[], language: string | null): RemoteKernel | null {
  return kernels.find(kernel => kernel.language === language) ?? kernels[0] ?? null;
}
