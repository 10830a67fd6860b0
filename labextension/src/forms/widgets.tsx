/** The controls of plain values. Each has the id that its label and its messages are bound to. */

import type { RegistryWidgetsType, WidgetProps } from '@rjsf/utils';
import { type ChangeEvent, type JSX, useId, useState } from 'react';
import { InstancePicker } from '../picker/picker';
import { useNames } from './choices';
import { useDrawing } from './drawing';
import { localTime } from './values';
import { appTypeOf, type FormSchema } from './members';

/** From this length on, a text gets more than one line. */
const LONG = 1024;

function useControl(props: WidgetProps): {
  id: string;
  'aria-invalid'?: true;
  'aria-required'?: true;
  'aria-describedby': string;
  disabled: boolean;
  onBlur: () => void;
} {
  const { id, rawErrors, required, onBlur, readonly = false, disabled = false } = props;
  return {
    id,
    ...(rawErrors?.length && { 'aria-invalid': true as const }),
    // Not `required`: the browser's own bubbles would come before our messages.
    ...(required && { 'aria-required': true as const }),
    'aria-describedby': `${id}__error ${id}__description`,
    disabled: readonly || disabled,
    onBlur: () => onBlur(id, props.value)
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' || typeof value === 'boolean' ? `${value}` : '';
}

function TextWidget(props: WidgetProps): JSX.Element {
  const control = useControl(props);
  const names = useNames(props.schema);
  const list = useId();
  const { schema, onChange } = props;
  const value: unknown = props.value;
  const change = (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>): void =>
    onChange(event.target.value === '' ? undefined : event.target.value);
  if (schema.contentEncoding === 'base64') {
    return <BytesWidget {...props} />;
  }
  if (
    schema.type === 'string' &&
    (schema.maxLength ?? 0) >= LONG &&
    schema['x-kind'] === undefined &&
    !isOneLine(schema)
  ) {
    return <textarea {...control} rows={2} spellCheck={false} value={text(value)} onChange={change} />;
  }
  return (
    <>
      <input
        {...control}
        type={schema.format === 'password' ? 'password' : 'text'}
        inputMode={schema.type === 'integer' ? 'numeric' : schema.type === 'number' ? 'decimal' : 'text'}
        autoComplete="off"
        spellCheck={false}
        value={text(value)}
        {...(names.length > 0 && { list })}
        onChange={change}
      />
      {names.length > 0 && (
        <datalist id={list}>
          {names.map(name => (
            <option key={name} value={name} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** ARNs and URIs are long and have no line breaks. */
function isOneLine(schema: FormSchema): boolean {
  return /^\^?\(\?:\(?(arn|https|s3)/.test(schema.pattern ?? '');
}

function SelectWidget(props: WidgetProps): JSX.Element {
  const control = useControl(props);
  const { trans } = useDrawing().sagemaker;
  const { schema, onChange, options } = props;
  const value: unknown = props.value;
  if ((schema as FormSchema)['x-instances'] !== undefined) {
    return <InstanceWidget {...props} />;
  }
  const values = (options.enumOptions ?? []).map(option => text(option.value));
  return (
    <select
      {...control}
      value={text(value)}
      onChange={event => onChange(event.target.value === '' ? undefined : event.target.value)}
    >
      <option value="">{trans.__('Not set')}</option>
      {/* Never hide what is set, whatever the model says of it. */}
      {value !== undefined && !values.includes(text(value)) && <option value={text(value)}>{text(value)}</option>}
      {values.map(each => (
        <option key={each} value={each}>
          {each}
        </option>
      ))}
    </select>
  );
}

/** Not set is not the same as no: the service has defaults of its own. */
function YesNoWidget(props: WidgetProps): JSX.Element {
  const control = useControl(props);
  const { trans } = useDrawing().sagemaker;
  const { onChange } = props;
  const value: unknown = props.value;
  return (
    <select
      {...control}
      value={text(value)}
      onChange={event => onChange(event.target.value === '' ? undefined : event.target.value === 'true')}
    >
      <option value="">{trans.__('Not set')}</option>
      <option value="true">{trans.__('Yes')}</option>
      <option value="false">{trans.__('No')}</option>
    </select>
  );
}

function InstanceWidget(props: WidgetProps): JSX.Element {
  const control = useControl(props);
  const { sagemaker, connection, prefix, request } = useDrawing();
  const { trans } = sagemaker;
  const { schema, onChange, label, id } = props;
  const value: unknown = props.value;
  const [open, setOpen] = useState(false);
  const panel = useId();
  return (
    <div className="jp-sm-formInstance">
      <div className="jp-sm-formInstanceLine">
        <input
          {...control}
          type="text"
          autoComplete="off"
          spellCheck={false}
          placeholder={trans.__('Not set')}
          value={text(value)}
          onChange={event => onChange(event.target.value === '' ? undefined : event.target.value)}
        />
        <button
          type="button"
          className="jp-sm-button"
          aria-expanded={open}
          aria-controls={panel}
          aria-label={open ? trans.__('Close: %1', label) : trans.__('Choose: %1', label)}
          onClick={() => setOpen(!open)}
        >
          {open ? trans.__('Close') : trans.__('Choose…')}
        </button>
      </div>
      {open && (
        <div id={panel} className="jp-sm-formPicker">
          <InstancePicker
            sagemaker={sagemaker}
            appType={appTypeOf(id.slice(prefix.length + 1).split('.'), request)}
            use={(schema as FormSchema)['x-instances'] ?? ''}
            value={text(value) === '' ? null : text(value)}
            connection={connection}
            onChange={type => {
              onChange(type);
              setOpen(false);
              document.getElementById(id)?.focus();
            }}
          />
        </div>
      )}
    </div>
  );
}

/** A time is seconds since 1970 on the wire, and the clock on the wall for people. */
function TimeWidget(props: WidgetProps): JSX.Element {
  const control = useControl(props);
  const { onChange } = props;
  const value: unknown = props.value;
  return (
    <input
      {...control}
      type="datetime-local"
      step={1}
      value={typeof value === 'number' ? localTime(value) : ''}
      onChange={event =>
        onChange(event.target.value === '' ? undefined : new Date(event.target.value).getTime() / 1000)
      }
    />
  );
}

function BytesWidget(props: WidgetProps): JSX.Element {
  const control = useControl(props);
  const { trans } = useDrawing().sagemaker;
  const { onChange } = props;
  const value: unknown = props.value;
  const size = typeof value === 'string' ? atob(value).length : 0;
  return (
    <div className="jp-sm-formBytes">
      <input
        {...control}
        type="file"
        onChange={event => {
          void event.target.files?.[0]?.arrayBuffer().then(bytes => {
            const letters = Array.from(new Uint8Array(bytes), byte => String.fromCharCode(byte));
            onChange(btoa(letters.join('')));
          });
        }}
      />
      {size > 0 && <span className="jp-sm-of">{trans._n('%1 byte', '%1 bytes', size)}</span>}
    </div>
  );
}

export const WIDGETS: RegistryWidgetsType = {
  TextWidget,
  TextareaWidget: TextWidget,
  PasswordWidget: TextWidget,
  SelectWidget,
  CheckboxWidget: YesNoWidget,
  'epoch-seconds': TimeWidget
};
