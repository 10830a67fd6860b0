/** How the fields of a form stand: label, control, short help with the rest on demand, and what is wrong. */

import type { ArrayFieldTemplateProps, FieldTemplateProps, ObjectFieldTemplateProps } from '@rjsf/utils';
import { type JSX, useState } from 'react';
import { useDrawing } from './drawing';
import { type FormSchema, labelOf } from './members';
import { isRecord } from '../records';

/** Fields that draw their own title. */
const OWN_TITLE = new Set(['structure']);

export function FieldTemplate(props: FieldTemplateProps): JSX.Element {
  const { id, children, required = false, hidden, rawErrors = [] } = props;
  const { sagemaker, prefix, root } = useDrawing();
  const { trans } = sagemaker;
  const schema = props.schema as FormSchema;
  const label = labelOf(root, prefix, id) ?? props.label;
  if (hidden || id === prefix) {
    return <div hidden={hidden ?? false}>{children}</div>;
  }
  const wrong = rawErrors.length > 0;
  const errors = (
    <div id={`${id}__error`} className="jp-sm-formError" aria-live="polite">
      {rawErrors.map(message => (
        <div key={message}>{message}</div>
      ))}
    </div>
  );
  if (schema.$id !== undefined && OWN_TITLE.has(schema.$id)) {
    return (
      <div className="jp-sm-formGroup" data-wrong={wrong || undefined}>
        {children}
        {errors}
      </div>
    );
  }
  const many = schema.type === 'array' || schema.type === 'object';
  const wide =
    isRecord(schema.items) && 'x-shape' in schema.items && schema.$id !== 'pairs' && !isEmpty(props.formData);
  const mark = required && (
    <>
      <span className="jp-sm-formRequired" aria-hidden="true" title={trans.__('Required')}>
        {' *'}
      </span>
      {/* A control of its own says it by aria-required. */}
      {many && <span className="jp-sm-formHidden"> {trans.__('(required)')}</span>}
    </>
  );
  return (
    <div
      className="jp-sm-formField"
      data-wrong={wrong || undefined}
      data-wide={wide || undefined}
      {...(many && { role: 'group', 'aria-labelledby': `${id}__title`, 'aria-describedby': `${id}__error` })}
    >
      {many ? (
        <span id={`${id}__title`} className="jp-sm-formLabel" title={memberOf(id, prefix)}>
          {label}
          {mark}
        </span>
      ) : (
        <label htmlFor={id} className="jp-sm-formLabel" title={memberOf(id, prefix)}>
          {label}
          {mark}
        </label>
      )}
      <div className="jp-sm-formControl">
        {children}
        {errors}
        <Help id={id} label={label} schema={schema} />
      </div>
    </div>
  );
}

function isEmpty(list: unknown): boolean {
  return !Array.isArray(list) || list.length === 0;
}

/** AWS's own name of it. */
function memberOf(id: string, prefix: string): string {
  return id.slice(prefix.length + 1);
}

export function Help({
  id,
  label,
  schema
}: {
  readonly id: string;
  readonly label: string;
  readonly schema: FormSchema;
}): JSX.Element | null {
  const { trans } = useDrawing().sagemaker;
  const [open, setOpen] = useState(false);
  const more = schema['x-more'];
  if (!schema.description) {
    return null;
  }
  return (
    <div className="jp-sm-formHelp">
      <span id={`${id}__description`}>{open && more ? more : schema.description}</span>{' '}
      {more && (
        <button
          type="button"
          className="jp-sm-bare jp-sm-formMore"
          aria-expanded={open}
          aria-label={open ? trans.__('Less about %1', label) : trans.__('More about %1', label)}
          onClick={() => setOpen(!open)}
        >
          {open ? trans.__('Less') : trans.__('More')}
        </button>
      )}
    </div>
  );
}

export function ObjectFieldTemplate({ properties }: ObjectFieldTemplateProps): JSX.Element {
  return <div className="jp-sm-formMembers">{properties.map(property => property.content)}</div>;
}

export function ArrayFieldTemplate({ items, canAdd, onAddClick, title }: ArrayFieldTemplateProps): JSX.Element {
  const { trans } = useDrawing().sagemaker;
  return (
    <div className="jp-sm-formList">
      {items.length > 0 && (
        <ol>
          {items.map(item => (
            <li key={item.key} className="jp-sm-formItem">
              <div className="jp-sm-formItemContent">{item.children}</div>
              <button
                type="button"
                className="jp-sm-button"
                aria-label={trans.__('Remove %1 %2', title, item.index + 1)}
                title={trans.__('Remove')}
                onClick={item.onDropIndexClick(item.index)}
              >
                ✕
              </button>
            </li>
          ))}
        </ol>
      )}
      {canAdd && (
        <button
          type="button"
          className="jp-sm-button"
          aria-label={trans.__('Add to %1', title)}
          onClick={event => onAddClick(event)}
        >
          {trans.__('Add')}
        </button>
      )}
    </div>
  );
}
