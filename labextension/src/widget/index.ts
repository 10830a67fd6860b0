/** The notebook widget: the views as an ES module for anywidget, where the labextension is not there to draw them. */

import { Snapshot } from '../model';
import { createView, english, hasView } from '../views';

/** The part of anywidget's model that is used here. */
interface Model {
  get(name: 'snapshot'): Partial<Snapshot> | null;
  on(event: 'change:snapshot', listener: () => void): void;
  off(event: 'change:snapshot', listener: () => void): void;
  send(message: { readonly type: string; readonly key: readonly string[] }): void;
}

function render({ model, el }: { model: Model; el: HTMLElement }): () => void {
  const first = model.get('snapshot');
  const kind = first?.kind !== undefined && hasView(first.kind) ? first.kind : 'tuning-jobs';
  const view = createView(kind, {
    trans: english,
    can: ['stop'],
    asks: null,
    onIntent: intent => {
      model.send({ type: intent.type, key: intent.key });
      return Promise.resolve();
    }
  });
  const update = (): void => {
    const snapshot = model.get('snapshot');
    view.update({ snapshot: snapshot?.kind === undefined ? null : (snapshot as Snapshot) });
  };
  el.append(view.node);
  model.on('change:snapshot', update);
  update();
  return () => {
    model.off('change:snapshot', update);
    view.dispose();
  };
}

export default { render };
