import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { placeOf, RANK, rendererFactory } from '../mime/renderer';
import { ISageMaker } from '../tokens';

export const panels: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:plugin',
  description: 'Draws the live panels of jobs in notebooks and wherever else outputs are shown.',
  autoStart: true,
  requires: [ISageMaker, IRenderMimeRegistry],
  activate: (app: JupyterFrontEnd, sagemaker: ISageMaker, rendermime: IRenderMimeRegistry) => {
    rendermime.addFactory(rendererFactory(sagemaker, null), RANK);
    // A renderer of a notebook's own knows the notebook, and comes before the one above.
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: (widget, context) => {
        const own = rendermimeOf(widget);
        own?.addFactory(
          rendererFactory(
            sagemaker,
            placeOf(context, () => sagemaker.settings.get().saveNotebook)
          ),
          RANK
        );
        // The renderer goes with the notebook's rendermime.
        return;
      }
    });
  }
};

/** The rendermime of a notebook, read without a dependency on the notebook's package. */
function rendermimeOf(widget: object): IRenderMimeRegistry | null {
  const content = 'content' in widget ? widget.content : null;
  return typeof content === 'object' && content && 'rendermime' in content
    ? (content.rendermime as IRenderMimeRegistry)
    : null;
}
