/** A form in a tab of its own. */

import { MainAreaWidget } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import { sagemakerIcon } from '../icon';
import type { ISageMaker } from '../tokens';
import { type Values } from './values';
import { ModelForm } from './modelform';

export interface FormWanted {
  readonly operation: string;
  readonly initial: Values;
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

export function formId({ operation, initial }: FormWanted): string {
  const known = operation.startsWith('Update') ? Object.values(initial).map(String) : [];
  return ['jupyter-sm-ext:form', operation, ...known].join(':');
}
