/** A form in a tab of its own. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import { sagemakerIcon } from '../icon';
import type { ISageMaker } from '../tokens';
import type { Values } from './values';
import { ModelForm } from './modelform';

/** Where the values of a form are from, if they are a whole request already. */
export interface Origin {
  /** The same for the same job and the same way to follow it. */
  readonly id: string;
  /** What the form is called. */
  readonly title: string;
  /** What could not be taken over. */
  readonly note: string;
}

export interface FormWanted {
  readonly operation: string;
  readonly initial: Values;
  readonly origin?: Origin | undefined;
}

export class FormTab extends MainAreaWidget<ReactWidget> {
  constructor(
    sagemaker: ISageMaker,
    readonly wanted: FormWanted,
    onDone: (answer: Values, request: Values) => void
  ) {
    const content = ReactWidget.create(
      <ModelForm
        sagemaker={sagemaker}
        operation={wanted.operation}
        initial={wanted.initial}
        origin={wanted.origin}
        onDone={(answer, request) => {
          this.close();
          onDone(answer, request);
        }}
        onTitle={title => {
          this.title.label = title;
        }}
        onCancel={() => {
          this.close();
        }}
      />
    );
    content.addClass('jp-sm-page');
    super({ content });
    this.id = formId(wanted);
    this.title.label = sagemaker.trans.__('SageMaker form');
    this.title.icon = sagemakerIcon;
    this.title.closable = true;
  }
}

export function formId({ operation, initial, origin }: FormWanted): string {
  const known = operation.startsWith('Update') ? Object.values(initial).map(String) : origin ? [origin.id] : [];
  return ['jupyter-sm-ext:form', operation, ...known].join(':');
}
