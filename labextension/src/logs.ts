/** The log of a training job, read as it grows. */

import { hasLog, isNotFound } from './job';
import type { LogPage, ServiceError, Watch } from './model';
import type { Server } from './request';
import { asServiceError } from './source';
import type { View } from './views';

const LOG_PAUSE = 2000; // ms

/**
 * Reads on in a log. There is no event for a new line, so while the job runs and the view is in sight it is asked for;
 * after the job's end it is read once more.
 */
export class LogTail {
  private token: string | null = null;
  private timer = 0;
  private reading = false;
  private again = false;
  private goesOn: (() => boolean) | null = null;

  constructor(
    private readonly read: (after: string | null) => Promise<LogPage>,
    private readonly onPage: (page: LogPage) => void,
    private readonly onProblem: (error: ServiceError | null) => void
  ) {}

  start(goesOn: () => boolean): void {
    this.goesOn = goesOn;
    this.hasten();
  }

  stop(): void {
    this.goesOn = null;
    window.clearTimeout(this.timer);
  }

  hasten(): void {
    window.clearTimeout(this.timer);
    if (this.reading) {
      this.again = true;
    } else if (this.goesOn && document.hidden) {
      // Nobody looks: ask again later whether somebody does.
      this.timer = window.setTimeout(() => this.hasten(), LOG_PAUSE);
    } else if (this.goesOn) {
      void this.readOn();
    }
  }

  private async readOn(): Promise<void> {
    this.reading = true;
    let pause = LOG_PAUSE;
    try {
      for (;;) {
        const page = await this.read(this.token);
        this.onPage(page);
        this.token = page.token ?? this.token;
        if (!page.more) {
          break;
        }
      }
      this.onProblem(null);
    } catch (error) {
      const problem = asServiceError(error);
      if (isNotFound(problem)) {
        // A job that has not started has no log yet.
        this.onProblem(null);
      } else {
        this.onProblem(problem);
        pause = 5 * LOG_PAUSE;
      }
    }
    this.reading = false;
    const soon = this.again;
    this.again = false;
    if (soon || this.goesOn?.()) {
      this.timer = window.setTimeout(() => this.hasten(), soon ? 0 : pause);
    }
  }
}

/** What brings a job's log to its view, from the connection where it was seen; null if such jobs have none. */
export function logTail(
  server: Server,
  watch: Watch,
  view: Pick<View, 'appendLog' | 'logProblem'>,
  connection: string | null
): LogTail | null {
  return hasLog(watch.kind)
    ? new LogTail(
        async after => await server.logs(watch, after, connection),
        page => view.appendLog?.(page),
        error => view.logProblem?.(error)
      )
    : null;
}
