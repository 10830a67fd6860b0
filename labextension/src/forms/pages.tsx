/** The two pages of a form, over the same values. */

import { FormComponent } from '@jupyterlab/ui-components';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { RJSFSchema } from '@rjsf/utils';
import { customizeValidator } from '@rjsf/validator-ajv8';
import { type JSX, useMemo } from 'react';
import { errorTree, fieldOf, type FirstField } from './editing';
import { isRequired, memberAt } from './members';
import { getIn, type Path, setIn, type Values } from './values';
import type { Editor, Loaded } from './editor';
import { FIELDS } from './fields';
import { ArrayFieldTemplate, FieldTemplate, ObjectFieldTemplate } from './templates';
import { WIDGETS } from './widgets';

const TEMPLATES = { FieldTemplate, ArrayFieldTemplate, ObjectFieldTemplate };
// An element is there when somebody adds it, a structure when something is in it.
const DEFAULTS = { emptyObjectFields: 'skipDefaults', arrayMinItems: { computeSkipPopulate: () => true } } as const;
// The rules are checked once, by the server's model; rjsf only asks this which branch of a schema is meant.
const VALIDATOR = customizeValidator<ReadonlyJSONObject>();

interface PageProps {
  readonly loaded: Loaded;
  readonly editor: Editor;
  readonly prefix: string;
}

/** Every member, groups closed until somebody opens them. */
export function AllSettings({ loaded, editor, prefix }: PageProps): JSX.Element {
  return (
    <Page
      schema={loaded.schema}
      data={editor.values}
      errors={errorTree(editor.shown, path => path)}
      prefix={prefix}
      editor={editor}
      onData={data => data}
    />
  );
}

/** What is asked for first, one field under the other wherever it is in the request. */
export function FirstPage({
  loaded,
  editor,
  prefix,
  fields
}: PageProps & { readonly fields: readonly FirstField[] }): JSX.Element {
  const { schema } = loaded;
  const { values } = editor;
  const names = fields.map(nameOf);
  const required = fields.filter(({ path }) => isRequired(schema, path, values)).map(nameOf);
  const drawn = JSON.stringify([names, required, fields.map(({ label }) => label ?? null)]);
  // One member of the form for each field; it has the name of its whole path, and so the same id as on the other page.
  const flat = useMemo(() => {
    const [shown, needed, labels] = JSON.parse(drawn) as [string[], string[], (string | null)[]];
    const members = shown.map((name, at) => {
      const member = memberAt(schema, name.split('.'));
      return [name, member && { ...member, title: labels[at] ?? member.title }] as const;
    });
    return {
      type: 'object',
      properties: Object.fromEntries(members.filter(([, member]) => member)),
      required: needed,
      $defs: schema.$defs
    } as RJSFSchema;
  }, [schema, drawn]);
  const data = Object.fromEntries(fields.map(field => [nameOf(field), getIn(values, field.path)]));
  const place = (path: Path): Path | null => {
    const field = fieldOf(fields, path);
    return field ? [nameOf(field), ...path.slice(field.path.length)] : null;
  };
  return (
    <Page
      schema={flat}
      data={data}
      errors={errorTree(editor.shown, place)}
      prefix={prefix}
      editor={editor}
      onData={next =>
        fields.reduce<Values>((found, field) => {
          const value = next[nameOf(field)];
          return value === data[nameOf(field)] ? found : setIn(found, field.path, value);
        }, values)
      }
    />
  );
}

function nameOf(field: FirstField): string {
  return field.path.join('.');
}

interface DrawnPage {
  readonly schema: RJSFSchema;
  readonly data: Values;
  readonly errors: Record<string, unknown>;
  readonly prefix: string;
  readonly editor: Editor;
  /** The request's values from the form's data. */
  readonly onData: (data: Values) => Values;
}

function Page({ schema, data, errors, prefix, editor, onData }: DrawnPage): JSX.Element {
  return (
    <FormComponent
      tagName="div"
      schema={schema}
      formData={data as ReadonlyJSONObject}
      validator={VALIDATOR}
      noHtml5Validate
      showErrorList={false}
      extraErrors={errors as never}
      idPrefix={prefix}
      idSeparator="."
      fields={FIELDS}
      widgets={WIDGETS}
      templates={TEMPLATES}
      experimental_defaultFormStateBehavior={DEFAULTS}
      disabled={editor.busy}
      onChange={(event: { formData?: ReadonlyJSONObject }, id?: string) =>
        editor.edit(onData(event.formData ?? {}), id)
      }
      onBlur={id => editor.visit(id)}
    />
  );
}
