/** Fields that rjsf has no own for: structures that are drawn when they are opened, unions, and rows of two texts. */

import type { FieldProps } from '@rjsf/utils';
import { type JSX, useId, useState } from 'react';
import { useDrawing } from './drawing';
import { type FormSchema, isUnion, pairOf, resolved } from './members';
import { count, related, same } from './values';
import { isRecord } from '../records';
import { Help } from './templates';

/** A structure: only its title until somebody opens it. */
function StructureField(props: FieldProps): JSX.Element {
  const { idSchema, required = false, name } = props;
  const { sagemaker, root, opened, onOpen, wrong } = useDrawing();
  const { trans } = sagemaker;
  const panel = useId();
  const schema = props.schema as FormSchema;
  const id = idSchema.$id;
  const place = placeOf(id);
  const label = [schema.title ?? name, place].filter(part => part !== null).join(' ');
  // A new element of a list was asked for, so it is open.
  const open = opened.get(id) ?? place !== null;
  const filled = count(props.formData);
  const errors = wrong.filter(each => each === id || each.startsWith(`${id}.`)).length;
  const inner = resolved(root, schema);
  return (
    <section className="jp-sm-formSection">
      <button
        type="button"
        id={id}
        className="jp-sm-bare jp-sm-formToggle"
        aria-expanded={open}
        aria-controls={panel}
        aria-describedby={`${id}__error ${id}__description`}
        onClick={() => onOpen(id, !open)}
      >
        <span className="jp-sm-formArrow" aria-hidden="true" />
        <span className="jp-sm-formLabel">
          {label}
          {required && place === null && (
            <span className="jp-sm-formRequired" aria-hidden="true">
              {' *'}
            </span>
          )}
        </span>
        {errors > 0 ? (
          <span className="jp-sm-formCount" data-wrong>
            {trans._n('%1 to mend', '%1 to mend', errors)}
          </span>
        ) : (
          filled > 0 && <span className="jp-sm-formCount">{trans._n('%1 set', '%1 set', filled)}</span>
        )}
      </button>
      {open && inner && (
        <div id={panel} className="jp-sm-formInner">
          <Help id={id} label={label} schema={schema} />
          <Members {...props} inner={inner} />
        </div>
      )}
    </section>
  );
}

/** What is in a list is named by its place. */
function placeOf(id: string): number | null {
  const place = /\.(\d+)$/.exec(id)?.[1];
  return place === undefined ? null : Number(place) + 1;
}

function Members(props: FieldProps & { readonly inner: FormSchema }): JSX.Element {
  const { inner, idSchema, idPrefix, idSeparator, registry, ...rest } = props;
  const { ObjectField } = registry.fields;
  const { trans } = useDrawing().sagemaker;
  const choice = useId();
  const values = recordOf(props.formData);
  const members = Object.keys(inner.properties ?? {});
  const [chosen, setChosen] = useState(() => members.find(member => values[member] !== undefined));
  const union = isUnion(inner);
  const drawn = union ? { ...inner, properties: pick(inner.properties ?? {}, chosen) } : inner;
  const ids = registry.schemaUtils.toIdSchema(drawn, idSchema.$id, values, idPrefix, idSeparator);
  return (
    <>
      {union && (
        <div className="jp-sm-formField">
          <label htmlFor={choice} className="jp-sm-formLabel">
            {trans.__('One of')}
          </label>
          <div className="jp-sm-formControl">
            <select
              id={choice}
              value={chosen ?? ''}
              onChange={event => {
                setChosen(event.target.value === '' ? undefined : event.target.value);
                props.onChange(event.target.value ? { [event.target.value]: values[event.target.value] } : undefined);
              }}
            >
              <option value="">{trans.__('Not set')}</option>
              {members.map(member => (
                <option key={member} value={member}>
                  {(inner.properties?.[member] as FormSchema).title ?? member}
                </option>
              ))}
            </select>
          </div>
        </div>
      )}
      {ObjectField && (
        <ObjectField
          {...rest}
          registry={registry}
          schema={drawn}
          idSchema={ids}
          formData={values}
          {...(idPrefix !== undefined && { idPrefix })}
          {...(idSeparator !== undefined && { idSeparator })}
        />
      )}
    </>
  );
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function pick(members: Readonly<Record<string, unknown>>, name: string | undefined): Record<string, FormSchema> {
  return name === undefined ? {} : { [name]: members[name] as FormSchema };
}

type Row = readonly [string, string];

/** A map of texts: environment, hyperparameters. */
function MapField(props: FieldProps): JSX.Element {
  const { trans } = useDrawing().sagemaker;
  const values = recordOf(props.formData);
  const rows = Object.entries(values).map(([key, value]): Row => [key, String(value)]);
  return (
    <Rows
      {...rowsProps(props)}
      rows={rows}
      heads={[trans.__('Name'), trans.__('Value')]}
      counts={([key]) => key !== ''}
      // Two rows of one name while it is typed: the last one counts.
      onRows={next => {
        props.onChange(next.length > 0 ? Object.fromEntries(next) : undefined, undefined, props.idSchema.$id);
      }}
    />
  );
}

/** A list of two texts each: tags, metric definitions. */
function PairsField(props: FieldProps): JSX.Element {
  const { root } = useDrawing();
  const schema = props.schema as FormSchema;
  const pair = pairOf(root, schema) ?? ['', ''];
  const members = resolved(root, schema.items as FormSchema)?.properties ?? {};
  const [first, second] = pair;
  const list = Array.isArray(props.formData) ? (props.formData as Record<string, string | undefined>[]) : [];
  return (
    <Rows
      {...rowsProps(props)}
      rows={list.map((item): Row => [item[first] ?? '', item[second] ?? ''])}
      heads={[(members[first] as FormSchema).title ?? first, (members[second] as FormSchema).title ?? second]}
      counts={([one, other]) => one !== '' || other !== ''}
      onRows={next => {
        const items = next.map(([one, other]) => ({ ...(one && { [first]: one }), [second]: other }));
        props.onChange(items.length > 0 ? items : undefined, undefined, props.idSchema.$id);
      }}
    />
  );
}

interface RowsProps {
  readonly id: string;
  readonly label: string;
  readonly disabled: boolean;
  readonly onBlur: () => void;
}

function rowsProps(props: FieldProps): RowsProps {
  const { idSchema, schema, name, disabled = false, readonly = false, onBlur } = props;
  return {
    id: idSchema.$id,
    label: schema.title ?? name,
    disabled: disabled || readonly,
    onBlur: () => onBlur(idSchema.$id, props.formData)
  };
}

function Rows(
  props: RowsProps & {
    readonly rows: readonly Row[];
    readonly heads: Row;
    /** Whether a row is part of the value yet. */
    readonly counts: (row: Row) => boolean;
    readonly onRows: (rows: readonly Row[]) => void;
  }
): JSX.Element {
  const { id, label, disabled, rows, heads, counts, onRows, onBlur } = props;
  const { sagemaker, wrong } = useDrawing();
  const { trans } = sagemaker;
  // A row that is not typed yet is no part of the value, but it is on the screen.
  const [kept, setKept] = useState<readonly Row[]>(rows);
  const counted = kept.filter(counts);
  const typed = same(counted, rows) || same([...new Map(counted)], rows) ? kept : rows;
  const change = (next: readonly Row[]): void => {
    setKept(next);
    onRows(next.filter(counts));
  };
  return (
    <div className="jp-sm-formRows">
      {typed.length > 0 && (
        <div className="jp-sm-formRow jp-sm-formHeads" aria-hidden="true">
          <span>{heads[0]}</span>
          <span>{heads[1]}</span>
        </div>
      )}
      {typed.map((row, at) => (
        <div
          key={at}
          className="jp-sm-formRow"
          data-wrong={wrong.some(each => related(each, `${id}.${at}`)) || undefined}
        >
          {([0, 1] as const).map(side => (
            <input
              key={side}
              type="text"
              // The first control has the id of the field, so that a message can lead to it.
              {...(at === 0 && side === 0 && { id })}
              aria-label={trans.__('%1, %2 %3', label, heads[side], at + 1)}
              aria-describedby={`${id}__error ${id}__description`}
              autoComplete="off"
              spellCheck={false}
              disabled={disabled}
              value={row[side]}
              onBlur={onBlur}
              onChange={event => {
                const changed: Row = side === 0 ? [event.target.value, row[1]] : [row[0], event.target.value];
                change(typed.map((each, other) => (other === at ? changed : each)));
              }}
            />
          ))}
          <button
            type="button"
            className="jp-sm-button"
            disabled={disabled}
            title={trans.__('Remove')}
            aria-label={trans.__('Remove %1 %2', label, at + 1)}
            onClick={() => change(typed.filter((_, other) => other !== at))}
          >
            ✕
          </button>
        </div>
      ))}
      <button
        type="button"
        className="jp-sm-button"
        disabled={disabled}
        {...(typed.length === 0 && { id })}
        aria-label={trans.__('Add to %1', label)}
        onClick={() => setKept([...typed, ['', '']])}
      >
        {trans.__('Add')}
      </button>
    </div>
  );
}

/** By the `$id` that `marked` gave to a schema. */
export const FIELDS = { structure: StructureField, map: MapField, pairs: PairsField };
