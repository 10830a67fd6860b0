/** The request as code, to be copied. */

import { Clipboard } from '@jupyterlab/apputils';
import { type JSX, useState } from 'react';
import type { RequestCode, ServiceError } from '../model';
import { Failure } from '../sidebar/message';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { same, type Values } from './values';

type Language = keyof RequestCode;

interface Copied {
  readonly language: Language;
  readonly text: string;
  /** What it was made from. */
  readonly request: Values;
}

export interface CodePanelProps {
  readonly sagemaker: ISageMaker;
  readonly operation: string;
  readonly request: Values;
}

export function CodePanel({ sagemaker, operation, request }: CodePanelProps): JSX.Element {
  const { server, trans } = sagemaker;
  const [copied, setCopied] = useState<Copied | null>(null);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const names: Record<Language, string> = { boto3: trans.__('boto3'), aws: trans.__('AWS CLI') };
  const copy = async (language: Language): Promise<void> => {
    setProblem(null);
    try {
      const text = (await server.code(operation, request))[language];
      Clipboard.copyToSystem(text);
      setCopied({ language, text, request });
    } catch (error) {
      setProblem(asServiceError(error));
    }
  };
  return (
    <section className="jp-sm-formCode" aria-label={trans.__('As code')}>
      <div className="jp-sm-formButtons">
        {(['boto3', 'aws'] as const).map(language => (
          <button key={language} type="button" className="jp-sm-button" onClick={() => void copy(language)}>
            {trans.__('Copy as %1', names[language])}
          </button>
        ))}
        <span role="status" className="jp-sm-of">
          {copied &&
            (same(copied.request, request)
              ? trans.__('Copied for %1.', names[copied.language])
              : trans.__('The form has changed since this was copied.'))}
        </span>
      </div>
      {problem && <Failure trans={trans} error={problem} />}
      {copied && (
        // A scrolling region must be reachable by keyboard.
        // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <pre tabIndex={0} role="region" aria-label={trans.__('Code for %1', names[copied.language])}>
          {copied.text}
        </pre>
      )}
    </section>
  );
}
