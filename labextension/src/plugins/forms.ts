import { ILabShell, ILayoutRestorer, JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { FormTab, FormWanted, Origin } from '../forms/tab';
import { sagemakerIcon } from '../icon';
import { showTab } from '../showtab';
import { CommandIDs, ISageMaker } from '../tokens';
import { showFailure } from '../sidebar/failure';

export const forms: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:forms',
  description: 'Forms of what can be created and updated, in tabs.',
  autoStart: true,
  requires: [ISageMaker],
  optional: [ILabShell, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    sagemaker: ISageMaker,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null
  ) => {
    const tracker = new WidgetTracker<FormTab>({ namespace: 'jupyter-sm-ext-forms' });
    app.commands.addCommand(CommandIDs.create, {
      label: sagemaker.trans.__('Open a SageMaker form'),
      icon: sagemakerIcon,
      execute: async (args: ReadonlyPartialJSONObject) => {
        const wanted: FormWanted = {
          operation: args.operation as string,
          initial: (args.initial ?? {}) as Record<string, unknown>,
          origin: args.origin as unknown as Origin | undefined
        };
        try {
          // rjsf and all that draws a form comes with the first one.
          const [{ formId, FormTab }, { showCreated }] = await Promise.all([
            import('../forms/tab'),
            import('../forms/created')
          ]);
          const make = (): FormTab =>
            new FormTab(sagemaker, wanted, (_, request) => showCreated(sagemaker, wanted.operation, request));
          await showTab(app, labShell, tracker, open => open.id === formId(wanted), make);
        } catch (error) {
          await showFailure(sagemaker.trans, wanted.operation, error);
        }
      }
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: CommandIDs.create,
        args: ({ wanted: { operation, initial, origin } }) => ({
          operation,
          initial: initial as ReadonlyPartialJSONObject,
          ...(origin && { origin: { ...origin } })
        }),
        name: ({ id }) => id
      });
    }
  }
};
