/** The lines of a log that are kept: the newest ones, so that a log of a million lines does not fill the memory. */

import type { LogEvent } from '../../model';

export interface Line {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly stream: string;
  /** With its colours, as it was printed. */
  readonly text: string;
}

const MOST_LINES = 100_000;
const LONGEST = 4_000; // characters; nobody reads more of a line here, and everybody waits for it to be drawn

const CODES = /\u001b(?:\[[0-9;?]*[A-Za-z]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;

/** A line without its colours. */
export function plain(text: string): string {
  return text.includes('\u001b') ? text.replace(CODES, '') : text;
}

/** What a terminal would show of a line: progress bars print the same line again and again. */
function shown(message: string): string {
  const whole = message.replace(/[\r\n]+$/, '');
  const last = whole.slice(whole.lastIndexOf('\r') + 1);
  return last.length > LONGEST ? `${last.slice(0, LONGEST)}…` : last;
}

export class Lines {
  private kept: Line[] = [];
  private gone = 0;
  private readonly names = new Set<string>();

  constructor(private readonly most = MOST_LINES) {}

  /** Lines that were not kept. */
  get dropped(): number {
    return this.gone;
  }

  /** Names of the streams, in the order in which they came: one a host. */
  get streams(): readonly string[] {
    return [...this.names];
  }

  get all(): readonly Line[] {
    return this.kept;
  }

  append(events: readonly LogEvent[]): void {
    for (const { timestamp, message, stream } of events) {
      this.names.add(stream);
      this.kept.push({ time: timestamp, stream, text: shown(message) });
    }
    // In large steps: cutting off the head of an array costs its whole length.
    if (this.kept.length > this.most * 1.1) {
      this.gone += this.kept.length - this.most;
      this.kept = this.kept.slice(-this.most);
    }
  }

  clear(): void {
    this.kept = [];
    this.gone = 0;
    this.names.clear();
  }

  /** Those of one stream, or of all; only those with a text in them if one is given. */
  select(stream: string | null, text: string): readonly Line[] {
    const wanted = text.toLowerCase();
    return stream === null && wanted === ''
      ? this.kept
      : this.kept.filter(
          line =>
            (stream === null || line.stream === stream) &&
            (wanted === '' || plain(line.text).toLowerCase().includes(wanted))
        );
  }
}
