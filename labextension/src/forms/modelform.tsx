/** The form of a Create or Update operation, drawn from botocore's model by JupyterLab's own form component. */

import { type JSX, useEffect, useId, useRef, useState } from 'react';
import { barred, denialOfRequest } from '../denied';
import type { ServiceError } from '../model';
import { Preflight } from '../picker/preflight';
import { triedAllTheSame } from '../sidebar/failure';
import { useDenied } from '../sidebar/hooks';
import { Failure, Message, Statement } from '../sidebar/message';
import { asServiceError } from '../source';
import type { ISageMaker } from '../tokens';
import { CodePanel } from './codepanel';
import type { Draft } from './drafts';
import type { Origin } from './tab';
import { type Drawing, DrawingContext } from './drawing';
import { fieldOf, shownFields } from './editing';
import { idOf, type Path, pathText, type Values } from './values';
import { load, type Loaded, useEditor } from './editor';
import { AllSettings, FirstPage } from './pages';
import '../views/style';
import '../../style/forms/fields.css';
import '../../style/forms/modelform.css';

export interface ModelFormProps {
  readonly sagemaker: ISageMaker;
  /** A Create or Update operation by its AWS name. */
  readonly operation: string;
  /** Members that are known already; for an update those that name the thing. */
  readonly initial?: Values;
  readonly origin?: Origin | undefined;
  readonly onDone: (answer: Values, request: Values) => void;
  readonly onCancel: () => void;
  /** What the form is called, as soon as it is known. */
  readonly onTitle?: (title: string) => void;
}

const NOTHING: Values = {};

export function ModelForm(props: ModelFormProps): JSX.Element {
  const { sagemaker, operation, initial = NOTHING, origin, onTitle } = props;
  const { trans } = sagemaker;
  const [state, setState] = useState<{ loaded: Loaded; draft: Draft | null } | null>(null);
  const [problem, setProblem] = useState<ServiceError | null>(null);
  const [turn, setTurn] = useState(0);
  const given = JSON.stringify({ initial, origin });
  useEffect(() => {
    let current = true;
    const start = JSON.parse(given) as { initial: Values; origin?: Origin };
    load(sagemaker, operation, start.initial, start.origin).then(
      found => {
        if (current) {
          setState(found);
          onTitle?.(titleOf(found.loaded));
        }
      },
      (error: unknown) => {
        if (current) {
          setProblem(asServiceError(error));
        }
      }
    );
    return () => {
      current = false;
    };
  }, [sagemaker, operation, given, turn, onTitle]);
  if (problem) {
    return (
      <div className="jp-sm jp-sm-modelForm">
        <Failure trans={trans} error={problem} />
        <div className="jp-sm-formButtons">
          <button
            type="button"
            className="jp-sm-button"
            onClick={() => {
              setProblem(null);
              setTurn(turn + 1);
            }}
          >
            {trans.__('Try again')}
          </button>
          <button type="button" className="jp-sm-button" onClick={props.onCancel}>
            {trans.__('Cancel')}
          </button>
        </div>
      </div>
    );
  }
  if (!state) {
    return (
      <div className="jp-sm jp-sm-modelForm" role="status">
        {trans.__('Reading the form…')}
      </div>
    );
  }
  return (
    <Body
      key={turn}
      {...props}
      loaded={state.loaded}
      draft={state.draft}
      onAgain={() => {
        setState(null);
        setTurn(turn + 1);
      }}
    />
  );
}

interface BodyProps extends ModelFormProps {
  readonly loaded: Loaded;
  readonly draft: Draft | null;
  readonly onAgain: () => void;
}

function Body(props: BodyProps): JSX.Element {
  const { sagemaker, operation, loaded, draft, onDone, onCancel, onAgain } = props;
  const { trans } = sagemaker;
  const { form, schema, first } = loaded;
  const prefix = useId();
  const heading = useId();
  const told = useRef<HTMLDivElement>(null);
  const editor = useEditor(sagemaker, operation, loaded, draft, prefix, onDone);
  const { values, all, request, shown, attempted, busy } = editor;
  const [opened, setOpened] = useState<ReadonlyMap<string, boolean>>(new Map());
  const fields = shownFields(first, values);
  const updates = form.ui.verb === 'update';
  const sends = updates ? trans.__('Save') : trans.__('Create');
  const denial = denialOfRequest(useDenied(sagemaker), operation, request);
  const submit = async (): Promise<void> => {
    if (denial === null || (await triedAllTheSame(trans, titleOf(loaded), denial))) {
      await editor.submit();
    }
  };

  const drawing: Drawing = {
    sagemaker,
    root: schema,
    prefix,
    request,
    opened,
    onOpen: (id, open) => setOpened(known => new Map(known).set(id, open)),
    wrong: shown.map(({ path }) => idOf(prefix, path)),
    connection: loaded.connection
  };
  const lead = (path: Path): void => {
    const field = all ? undefined : fieldOf(fields, path);
    if (!field) {
      editor.showAll(true);
    }
    setOpened(known => path.reduce((map, _, at) => map.set(idOf(prefix, path.slice(0, at + 1)), true), new Map(known)));
    const within = field && path.length < field.path.length ? field.path : path;
    // What was opened is drawn first.
    window.requestAnimationFrame(() => focusNearest(prefix, within));
  };
  return (
    <form
      className="jp-sm jp-sm-modelForm"
      aria-labelledby={heading}
      noValidate
      onSubmit={event => {
        event.preventDefault();
        // What is told is drawn first.
        void submit().then(() => window.requestAnimationFrame(() => told.current?.focus()));
      }}
    >
      <header className="jp-sm-formHead">
        <div>
          <h2 id={heading}>{titleOf(loaded)}</h2>
          <p className="jp-sm-of">{loaded.label}</p>
        </div>
        <div className="jp-sm-formPages" role="group" aria-label={trans.__('What is shown')}>
          {([false, true] as const).map(page => (
            <button
              key={String(page)}
              type="button"
              className="jp-sm-button"
              aria-pressed={all === page}
              onClick={() => editor.showAll(page)}
            >
              {page ? trans.__('All settings') : trans.__('Essentials')}
            </button>
          ))}
        </div>
      </header>
      {loaded.origin?.note && <Message tone="idle" text={loaded.origin.note} hint={null} />}
      {form.error && (
        <Message
          tone="bad"
          text={trans.__('What the connection knows could not be filled in: %1', form.error.message)}
          hint={form.error.hint ?? null}
        >
          <>
            <Statement trans={trans} text={form.error.statement} />
            <button type="button" className="jp-sm-bare jp-sm-formMore" onClick={onAgain}>
              {trans.__('Fill it in now')}
            </button>
          </>
        </Message>
      )}
      {editor.restored && (
        <div className="jp-sm-notice" data-tone="idle" role="status">
          {trans.__('As you left it.')}{' '}
          <button type="button" className="jp-sm-bare jp-sm-formMore" onClick={editor.startOver}>
            {trans.__('Start over')}
          </button>
        </div>
      )}
      <DrawingContext.Provider value={drawing}>
        {all ? (
          <AllSettings loaded={loaded} editor={editor} prefix={prefix} />
        ) : (
          <FirstPage loaded={loaded} editor={editor} prefix={prefix} fields={fields} />
        )}
      </DrawingContext.Provider>
      {/* What is wrong with the values themselves is told at the fields. */}
      {editor.valid && !updates && <Preflight sagemaker={sagemaker} operation={operation} request={request} />}
      <footer className="jp-sm-formFoot">
        {/* Where one looks after pressing the button. */}
        <div ref={told} tabIndex={-1} className="jp-sm-formTold">
          {editor.problem && <Failure trans={trans} error={editor.problem} />}
          {attempted && shown.length > 0 && (
            <div role="alert" className="jp-sm-notice" data-tone="bad">
              {trans._n('%1 thing to mend:', '%1 things to mend:', shown.length)}
              <ul className="jp-sm-formWrong">
                {shown.map(({ path, message }) => (
                  <li key={`${pathText(path)} ${message}`}>
                    <button type="button" className="jp-sm-bare jp-sm-formMore" onClick={() => lead(path)}>
                      {pathText(path)}
                    </button>{' '}
                    {message}
                  </li>
                ))}
              </ul>
            </div>
          )}
        </div>
        <div className="jp-sm-formButtons">
          <button
            type="submit"
            className="jp-sm-button jp-sm-primary"
            disabled={busy || editor.untouched}
            {...barred(trans, denial)}
          >
            {busy ? (updates ? trans.__('Saving…') : trans.__('Creating…')) : sends}
          </button>
          <button
            type="button"
            className="jp-sm-button"
            onClick={() => {
              editor.forget();
              onCancel();
            }}
          >
            {trans.__('Cancel')}
          </button>
          {editor.untouched && <span className="jp-sm-of">{trans.__('Nothing is changed yet.')}</span>}
        </div>
        <CodePanel sagemaker={sagemaker} operation={operation} request={request} />
      </footer>
    </form>
  );
}

function titleOf({ form, key, origin }: Loaded): string {
  if (origin) {
    return origin.title;
  }
  return [form.ui.title, ...Object.values(key).map(String).slice(-1)].join(' ');
}

/** The control of a member, or of the structure that it is in. */
function focusNearest(prefix: string, path: Path): void {
  for (let length = path.length; length > 0; length -= 1) {
    const control = document.getElementById(idOf(prefix, path.slice(0, length)));
    if (control) {
      control.scrollIntoView({ block: 'center' });
      control.focus();
      return;
    }
  }
}
