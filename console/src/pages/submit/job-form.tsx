/** The form of one type: as fields or as JSON, what the server says of it, its options, and the same as a command. */
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { JobwrightError } from '../../../../src/client/index.js';
import type { JobTypeContract, StoredFile } from '../../api-types.js';
import { curlOf } from '../../curl.js';
import { Field } from '../../form/field.js';
import { FormContext, type FormMistake } from '../../form/form-context.js';
import { isRecord, kindOf, pointerTo, resolve } from '../../form/schema.js';
import { useUploads } from '../../form/uploads.js';
import { VariantsField } from '../../form/variants-field.js';
import { Curl } from '../../parts/curl.js';
import { Icon } from '../../parts/icon.js';
import { goTo, hrefTo } from '../../routing.js';
import { useSession } from '../../session.js';
import { type Draft, requestOf } from './draft.js';
import { Mistakes, Refusal } from './mistakes.js';
import { optionsSchema } from './options.js';
import { PayloadText } from './payload-text.js';
import { useChecked } from './use-checked.js';

interface JobFormProps {
  contract: JobTypeContract;
  begin: Draft;
  /** What the payload becomes when its file has arrived, as long as nobody has changed it. */
  onFile(payload: Record<string, unknown>, file: StoredFile): unknown;
}

export function JobForm({ contract, begin: given, onFile }: JobFormProps) {
  const { client, me } = useSession();
  const { uploads } = useUploads();
  const [begin] = useState(given);
  const [draft, setDraft] = useState(begin);
  const [isText, setIsText] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  /** The same submission, sent again after the connection was lost, is the same job. */
  const key = useRef(newKey());
  const root = contract.payloadSchema;
  const checked = useChecked(draft, isText || refusal instanceof JobwrightError);
  const mistakes = checked ?? mistakesOf(refusal);
  const summary = useRef<HTMLDivElement>(null);

  const change = (next: Draft) => {
    setDraft(next);
    key.current = newKey();
  };
  // The file that has just arrived says what is done to it, where the reader has said nothing yet.
  const lastUpload = [...uploads.values()].at(-1)?.file;
  const seenUpload = useRef(lastUpload?.id);
  useEffect(() => {
    if (lastUpload === undefined || lastUpload.id === seenUpload.current) return;
    seenUpload.current = lastUpload.id;
    setDraft((known) =>
      isRecord(known.payload) && isAsBegun(known.payload.operations, begin.payload)
        ? { ...known, payload: onFile(known.payload, lastUpload) }
        : known,
    );
  }, [lastUpload, begin, onFile]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setIsBusy(true);
    setRefusal(undefined);
    try {
      const { jobId } = await client.jobs.submit(requestOf(draft), { idempotencyKey: key.current });
      goTo(hrefTo(['jobs', jobId]));
    } catch (error) {
      setRefusal(error);
      requestAnimationFrame(() => summary.current?.focus());
    }
    setIsBusy(false);
  };

  return (
    <form className="card" onSubmit={submit} noValidate aria-label={contract.title}>
      <div className="card-head">
        <h2>{contract.title}</h2>
        <fieldset className="choices">
          <legend className="hidden-visually">How to write it</legend>
          <Mode label="Form" isChosen={!isText} onChoose={() => setIsText(false)} />
          <Mode label="JSON" isChosen={isText} onChoose={() => setIsText(true)} />
        </fieldset>
      </div>
      <div className="card-body stack">
        <div ref={summary} tabIndex={-1}>
          <Refusal error={refusal} mistakes={mistakes} />
        </div>
        <FormContext value={{ root, mistakes }}>
          {isText ? (
            <>
              <PayloadText draft={draft} onChange={change} />
              {checked !== undefined && <Mistakes mistakes={checked} />}
            </>
          ) : (
            <PayloadFields
              contract={contract}
              payload={draft.payload}
              onChange={(payload) => change({ ...draft, payload })}
            />
          )}
        </FormContext>
        {!isText && (
          <>
            <Examples contract={contract} />
            <FormContext value={{ root: optionsSchema, mistakes }}>
              <details open={Object.keys(draft.options).length > 0 || undefined}>
                <summary>Options: priority, tags, delay, callback</summary>
                <div style={{ marginTop: 14 }}>
                  <Field
                    label=""
                    schema={optionsSchema}
                    value={draft.options}
                    onChange={(options) => change({ ...draft, options: isRecord(options) ? options : {} })}
                    pointer="/options"
                    isRequired
                  />
                </div>
              </details>
            </FormContext>
          </>
        )}
        <Curl
          command={curlOf({
            method: 'POST',
            path: '/api/jobs',
            json: requestOf(draft),
            hasKey: me.keyId !== undefined,
          })}
        />
      </div>
      <div className="submit-bar">
        <button type="submit" className="button primary big" disabled={isBusy}>
          <Icon name="play" />
          {isBusy ? 'Submitting…' : 'Run'}
        </button>
        <span className="small faint roomy">
          {laneWords[contract.policy.lane]} · up to {contract.policy.attempts} attempts
        </span>
      </div>
    </form>
  );
}

const laneWords = { short: 'A short job', long: 'A long job' } as const;

const Mode = ({ label, isChosen, onChoose }: { label: string; isChosen: boolean; onChoose(): void }) => (
  <label className="choice">
    <input type="radio" name="mode" checked={isChosen} onChange={onChoose} />
    <span>{label}</span>
  </label>
);

interface PayloadFieldsProps {
  contract: JobTypeContract;
  payload: unknown;
  onChange(payload: unknown): void;
}

function PayloadFields({ contract: { payloadSchema, examples }, payload, onChange }: PayloadFieldsProps) {
  const schema = resolve(payloadSchema, payloadSchema);
  const shared = {
    label: '',
    schema,
    value: payload,
    onChange,
    pointer: pointerTo('', 'payload'),
    isRequired: true,
    example: examples[0]?.payload,
  };
  if (kindOf(schema, payloadSchema) !== 'variants') return <Field {...shared} />;
  const exampleOf = (value: string) =>
    examples.find((example) => isRecord(example.payload) && Object.values(example.payload).includes(value))
      ?.payload;
  return <VariantsField {...shared} exampleOf={exampleOf} />;
}

/** The type's own examples, to begin with one of them. Not of a choice of variants: there each has its own in the form. */
function Examples({ contract: { type, examples, payloadSchema } }: { contract: JobTypeContract }) {
  if (kindOf(resolve(payloadSchema, payloadSchema), payloadSchema) === 'variants') return null;
  return (
    <details>
      <summary>Begin with an example</summary>
      <div className="chips" style={{ marginTop: 10 }}>
        {examples.map(({ summary }, index) => (
          <a className="chip" key={summary} href={hrefTo(['submit'], { type, example: String(index) })}>
            {summary}
          </a>
        ))}
      </div>
    </details>
  );
}

function mistakesOf(error: unknown): readonly FormMistake[] {
  return error instanceof JobwrightError ? error.errors : [];
}

const isAsBegun = (operations: unknown, begun: unknown) => isRecord(begun) && operations === begun.operations;

const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16)).join('');
