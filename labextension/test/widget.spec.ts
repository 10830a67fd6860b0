import type { Snapshot } from '../src/model';
import widget from '../src/widget';
import { snapshot, summary } from './fixtures';

class Model {
  readonly sent: unknown[] = [];
  readonly listeners = new Set<() => void>();

  constructor(private current: Partial<Snapshot> | null) {}

  get(): Partial<Snapshot> | null {
    return this.current;
  }
  set(value: Partial<Snapshot>): void {
    this.current = value;
    this.listeners.forEach(listener => listener());
  }
  on(_: string, listener: () => void): void {
    this.listeners.add(listener);
  }
  off(_: string, listener: () => void): void {
    this.listeners.delete(listener);
  }
  send(message: unknown): void {
    this.sent.push(message);
  }
}

beforeEach(() => {
  jest.useFakeTimers();
  jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
});

afterEach(() => {
  jest.restoreAllMocks();
  jest.useRealTimers();
});

it('draws the snapshot, follows it, and sends Stop to the kernel', () => {
  const model = new Model({});
  const el = document.createElement('div');
  document.body.append(el);
  const end = widget.render({ model, el });
  jest.advanceTimersByTime(20);
  expect(el.textContent).toContain('Loading');
  model.set(snapshot([summary({ number: 1, value: 0.5 })]));
  jest.advanceTimersByTime(20);
  expect(el.querySelector('.jp-sm-total')?.textContent).toBe('1 of 12 trials');
  const press = (text: string): void =>
    [...el.querySelectorAll('button')].find(button => button.textContent === text)?.click();
  press('Stop');
  press('Stop job');
  expect(model.sent).toEqual([{ type: 'stop', key: ['digits'] }]);
  end();
  expect(model.listeners.size).toBe(0);
});
