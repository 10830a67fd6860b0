import { Lines, plain } from '../src/views/log/lines';
import { LogView } from '../src/views/log/logview';
import { english } from '../src/views/text';
import { thinned } from '../src/views/charts/curves';

const event = (message: string, stream = 'fit/algo-1-1'): { timestamp: number; message: string; stream: string } => ({
  timestamp: 1,
  message,
  stream
});

describe('Lines', () => {
  it('keep the newest and count the others', () => {
    const lines = new Lines(100);
    lines.append(Array.from({ length: 1000 }, (_, index) => event(`line ${index}`)));
    expect(lines.all).toHaveLength(100);
    expect(lines.all[99]?.text).toBe('line 999');
    expect(lines.dropped).toBe(900);
  });

  it('show of a progress bar what a terminal would', () => {
    const lines = new Lines();
    lines.append([event('10 %\r50 %\r100 %\n')]);
    expect(lines.all[0]?.text).toBe('100 %');
  });

  it('are found by a text, in colour or not, and by host', () => {
    const lines = new Lines();
    lines.append([event('\u001b[31mLoss\u001b[0m 1'), event('other'), event('loss 2', 'fit/algo-2-1')]);
    expect(lines.select(null, 'loss 1').map(line => plain(line.text))).toEqual(['Loss 1']);
    expect(lines.select('fit/algo-2-1', '').map(line => line.text)).toEqual(['loss 2']);
    expect(lines.streams).toEqual(['fit/algo-1-1', 'fit/algo-2-1']);
  });
});

describe('LogView', () => {
  let view: LogView;
  let saved: number;
  const lines = (): string => view.node.querySelector('pre')?.textContent ?? '';
  const paint = (): void => {
    jest.advanceTimersByTime(40);
  };
  const search = (text: string): void => {
    const input = view.node.querySelector('input');
    if (input) {
      input.value = text;
      input.dispatchEvent(new Event('input'));
    }
    paint();
  };

  beforeEach(() => {
    jest.useFakeTimers();
    jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(180);
    saved = 0;
    view = new LogView({
      trans: english,
      onDownload: () => {
        saved += 1;
        return Promise.resolve();
      }
    });
    document.body.replaceChildren(view.node);
  });

  afterEach(() => {
    view.dispose();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  it('keeps few lines in the document however long the log is, and shows its end', () => {
    view.append(Array.from({ length: 50_000 }, (_, index) => event(`line ${index}`)));
    paint();
    expect(lines().split('\n').length).toBeLessThan(80);
    expect(lines()).toContain('line 49999');
    expect(view.node.textContent).toContain('50000 lines');
  });

  it('shows colours as classes, and never HTML of the log', () => {
    view.append([event('\u001b[31m<img src=x onerror=alert(1)>\u001b[0m')]);
    paint();
    expect(view.node.querySelector('img')).toBeNull();
    expect(view.node.querySelector('.ansi-red-fg')?.textContent).toBe('<img src=x onerror=alert(1)>');
  });

  it('finds lines and marks what was searched for', () => {
    view.append([event('epoch 1 <b>'), event('noise'), event('Epoch 2')]);
    search('epoch');
    expect(lines()).toBe('epoch 1 <b>\nEpoch 2');
    expect([...view.node.querySelectorAll('mark')].map(mark => mark.textContent)).toEqual(['epoch', 'Epoch']);
    expect(view.node.textContent).toContain('2 of 3 lines');
  });

  it('stops following when told to', () => {
    view.append([event('one')]);
    paint();
    const follow = [...view.node.querySelectorAll('button')].find(button => button.textContent === 'Follow');
    expect(follow?.getAttribute('aria-pressed')).toBe('true');
    follow?.click();
    expect(follow?.getAttribute('aria-pressed')).toBe('false');
  });

  it('can be downloaded', () => {
    view.append([event('one')]);
    [...view.node.querySelectorAll('button')].find(button => button.textContent === 'Download')?.click();
    expect(saved).toBe(1);
  });
});

describe('thinned', () => {
  it('keeps the extremes of a long curve', () => {
    const points = Array.from({ length: 100_000 }, (_, at): [number, number] => [at, at === 5003 ? 99 : Math.sin(at)]);
    const few = thinned(points, 300);
    expect(few.length).toBeLessThan(1000);
    expect(few.some(([, value]) => value === 99)).toBe(true);
    expect(few[0]).toEqual(points[0]);
  });
});
