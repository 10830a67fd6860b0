/** What the parts of a form share beside rjsf's own props, which it would compare at every key stroke. */

import { createContext, useContext } from 'react';
import type { ISageMaker } from '../tokens';
import type { FormSchema } from './members';
import type { Values } from './values';

export interface Drawing {
  readonly sagemaker: ISageMaker;
  readonly root: FormSchema;
  /** Start of the ids of this form. */
  readonly prefix: string;
  /** The request as it is now. */
  readonly request: Values;
  /** Ids of the groups that somebody has opened or closed. */
  readonly opened: ReadonlyMap<string, boolean>;
  readonly onOpen: (id: string, open: boolean) => void;
  /** Ids of the members that have something wrong, as far as it is shown. */
  readonly wrong: readonly string[];
  /** Id of the connection in use. */
  readonly connection: string;
}

export const DrawingContext = createContext<Drawing | null>(null);

export function useDrawing(): Drawing {
  const drawing = useContext(DrawingContext);
  if (!drawing) {
    throw new Error('a field outside of a form');
  }
  return drawing;
}
