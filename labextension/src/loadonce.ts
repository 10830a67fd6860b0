/** Parts that are loaded when they are first asked for. */

/** Load once, and keep what came. A load that failed, as with the network away, is forgotten: the next who asks tries again. */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | null = null;
  return () =>
    (loaded ??= load().catch((error: unknown) => {
      loaded = null;
      throw error;
    }));
}
