/** Asking the preflight while a request is still being filled in: when it rests, and only the last answer counts. */

import type { Check, ServiceError } from '../model';
import { asServiceError } from '../source';

export type CheckState = Check['state'];

export interface Result {
  /** What was told last; null: nothing yet. */
  readonly checks: readonly Check[] | null;
  readonly problem: ServiceError | null;
  /** Whether an answer to what is asked now is still to come. */
  readonly pending: boolean;
  /** Whether something would make the request fail. A warning: nobody is kept from trying. */
  readonly blocked: boolean;
}

export const NOTHING: Result = { checks: null, problem: null, pending: false, blocked: false };

export interface Clock {
  setTimeout(call: () => void, milliseconds: number): number;
  clearTimeout(timer: number): void;
}

const REST = 350; // ms

export class Asker {
  private timer: number | null = null;
  private turn = 0;
  private result = NOTHING;

  constructor(
    private readonly preflight: (operation: string, request: object) => Promise<readonly Check[]>,
    private readonly onResult: (result: Result) => void,
    private readonly clock: Clock
  ) {}

  /** Ask soon; what was asked before counts no more. */
  ask(operation: string, request: object): void {
    this.cancel();
    const turn = this.turn;
    this.tell({ ...this.result, pending: true });
    this.timer = this.clock.setTimeout(() => {
      this.timer = null;
      this.preflight(operation, request).then(
        checks => this.take(turn, checks, null),
        (error: unknown) => this.take(turn, null, asServiceError(error))
      );
    }, REST);
  }

  /** Forget what is asked. */
  cancel(): void {
    this.turn += 1;
    if (this.timer !== null) {
      this.clock.clearTimeout(this.timer);
      this.timer = null;
    }
  }

  private take(turn: number, checks: readonly Check[] | null, problem: ServiceError | null): void {
    if (turn === this.turn) {
      const blocked = checks?.some(({ state }) => state === 'blocked') ?? false;
      this.tell({ checks, problem, pending: false, blocked });
    }
  }

  private tell(result: Result): void {
    this.result = result;
    this.onResult(result);
  }
}

const WORST: readonly CheckState[] = ['blocked', 'warning', 'unknown', 'ok'];

/** The worst first, else in the order they came. */
export function byWeight(checks: readonly Check[]): Check[] {
  return [...checks].sort((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state));
}

/** A link that may be followed: a page of the console, nothing that runs here. */
export function safeLink(link: string | null): string | null {
  return link?.startsWith('https://') ? link : null;
}
