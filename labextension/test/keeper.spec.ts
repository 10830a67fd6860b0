import { BundleKeeper, type Bundle, storable } from '../src/mime/keeper';
import { MIME_TYPE, type Panel, type Snapshot } from '../src/model';
import { denial, settle, snapshot, summary } from './fixtures';

class Output implements Bundle {
  data: Record<string, unknown> = { 'text/html': 'old', 'image/png': 'kept' };
  writes = 0;

  setData({ data }: { data: Record<string, unknown> }): void {
    this.data = data;
    this.writes += 1;
  }

  get stored(): Snapshot | null {
    return (this.data[MIME_TYPE] as Panel | undefined)?.snapshot ?? null;
  }
}

describe('BundleKeeper', () => {
  const first = snapshot([summary({ number: 1, status: 'InProgress' })], { seq: 1 });
  let output: Output;
  let keeper: BundleKeeper;
  let picture: jest.Mock<Promise<string>>;

  beforeEach(() => {
    jest.useFakeTimers();
    output = new Output();
    picture = jest.fn(() => Promise.resolve('<p>new</p>'));
    keeper = new BundleKeeper(output, first, {
      picture,
      now: () => Date.now(),
      setTimeout: (call, milliseconds) => setTimeout(call, milliseconds),
      clearTimeout: timer => clearTimeout(timer)
    });
  });

  afterEach(() => jest.useRealTimers());

  const pass = async (milliseconds: number): Promise<void> => {
    await jest.advanceTimersByTimeAsync(milliseconds);
    await settle();
  };

  it('writes snapshot, picture and text, and leaves the rest of the output', async () => {
    const done = snapshot(
      [summary({ number: 1, value: 1 })],
      { seq: 2 },
      { HyperParameterTuningJobStatus: 'Completed' }
    );
    keeper.update(done);
    await pass(0);
    expect(output.data).toEqual({
      'text/html': '<p>new</p>',
      'text/plain': 'Tuning job digits: Completed',
      'image/png': 'kept',
      [MIME_TYPE]: { connection: 'local', kind: 'tuning-jobs', key: ['digits'], snapshot: done }
    });
  });

  it('writes at most every 15 seconds while the job runs', async () => {
    for (let seq = 2; seq < 30; seq += 1) {
      keeper.update({ ...first, seq });
      await pass(1000);
    }
    expect(output.writes).toBe(1);
    await pass(15_000);
    expect(output.writes).toBe(2);
    expect(output.stored?.seq).toBe(29);
  });

  it('leaves a notebook alone in which nothing changed', async () => {
    keeper.update(first);
    await pass(60_000);
    expect(output.writes).toBe(0);
    expect(picture).not.toHaveBeenCalled();
  });

  it('keeps the snapshot even if there is no picture', async () => {
    picture.mockRejectedValue(new Error('nobody answers'));
    keeper.update({ ...first, seq: 2, status: 'Completed', terminal: true });
    await pass(0);
    expect(output.data['text/html']).toBe('old');
    expect(output.stored?.status).toBe('Completed');
  });

  it('writes nothing after the panel is gone', async () => {
    keeper.update({ ...first, seq: 2, status: 'Completed', terminal: true });
    keeper.dispose();
    await pass(60_000);
    expect(output.writes).toBe(0);
  });
});

it('stores of thousands of trials the newest and the best', () => {
  const jobs = Array.from({ length: 2000 }, (_, index) => summary({ number: index + 1, value: index === 6 ? 9 : 0 }));
  const best = jobs[6];
  const stored = storable(snapshot(jobs, {}, best && { BestTrainingJob: best })).training_jobs ?? [];
  expect(stored).toHaveLength(501);
  expect(stored).toContain(best);
  expect(stored).toContain(jobs[1999]);
  expect(stored).not.toContain(jobs[100]);
});

it('stores nothing of what is denied today', () => {
  expect(storable(snapshot([], { denied: [denial('tuning-jobs', 'stop')] })).denied).toEqual([]);
});
