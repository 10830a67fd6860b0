import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { DisposableDelegate } from '@lumino/disposable';
import { placeOf, RANK, rendererFactory } from '../mime/renderer';
import { ISageMaker } from '../tokens';

export const panels: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:plugin',
  description: 'Draws the live panels of jobs in notebooks and wherever else outputs are shown.',
  autoStart: true,
  requires: [ISageMaker, IRenderMimeRegistry],
  optional: [ISettingRegistry],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    rendermime: IRenderMimeRegistry,
    registry: ISettingRegistry | null
  ) => {
    let saves = true;
    if (registry) {
      void registry.load(panels.id).then(
        settings => {
          const read = (): void => {
            saves = settings.get('saveNotebook').composite !== false;
          };
          settings.changed.connect(read);
          read();
        },
        (error: unknown) =>
          void showErrorMessage(sagemaker.trans.__('The settings of SageMaker cannot be read'), String(error))
      );
    }
    rendermime.addFactory(rendererFactory(sagemaker, null), RANK);
    // A renderer of a notebook's own knows the notebook, and comes before the one above.
    app.docRegistry.addWidgetExtension('Notebook', {
      createNew: (widget, context) => {
        const own = rendermimeOf(widget);
        own?.addFactory(
          rendererFactory(
            sagemaker,
            placeOf(context, () => saves)
          ),
          RANK
        );
        return new DisposableDelegate(() => undefined);
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
