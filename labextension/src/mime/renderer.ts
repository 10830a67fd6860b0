/** The renderer of our MIME type: small, for it is there from the start; the panel comes when the first is drawn. */

import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel } from '@lumino/widgets';
import { loadOnce } from '../loadonce';
import { MIME_TYPE } from '../model';
import { ISageMaker } from '../tokens';

/** The document that holds the output. */
export interface Place {
  /** Save it, so that the panel is there after a reload. */
  save(): void;
}

/** Before ipywidgets' -10, and before HTML. */
export const RANK = -20;

class WatchRenderer extends Panel implements IRenderMime.IRenderer {
  private readonly drawn = loadOnce(async () => {
    const { CellPanel } = await import('./panel');
    const panel = new CellPanel(this.sagemaker, this.place);
    this.addWidget(panel);
    return panel;
  });

  constructor(
    private readonly sagemaker: ISageMaker,
    private readonly place: Place | null
  ) {
    super();
    this.addClass('jp-sm-cell');
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    const panel = await this.drawn();
    if (!this.isDisposed) {
      panel.draw(model);
    }
  }
}

export function rendererFactory(sagemaker: ISageMaker, place: Place | null): IRenderMime.IRendererFactory {
  return {
    // It draws from the server what a few plain names point to, and never HTML of the notebook's.
    safe: true,
    mimeTypes: [MIME_TYPE],
    defaultRank: RANK,
    createRenderer: () => new WatchRenderer(sagemaker, place)
  };
}

/** A notebook, as a place that is saved when a panel first appears in it, if the user's settings allow. */
export function placeOf(context: DocumentRegistry.Context, allowed: () => boolean): Place {
  return {
    save: () => {
      void context.ready.then(async () => {
        if (allowed() && context.model.dirty && !context.isDisposed && context.contentsModel?.writable !== false) {
          await context.save();
        }
      });
    }
  };
}
