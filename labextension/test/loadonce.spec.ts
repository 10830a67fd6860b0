import { loadOnce } from '../src/loadonce';

describe('a part that is loaded when it is first asked for', () => {
  it('comes once, for all who ask while it is loaded and after', async () => {
    const load = jest.fn(() => Promise.resolve({}));
    const part = loadOnce(load);
    expect(load).not.toHaveBeenCalled();
    const [first, second] = await Promise.all([part(), part()]);
    expect(second).toBe(first);
    expect(await part()).toBe(first);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is asked for again after it did not come', async () => {
    const load = jest.fn(() => Promise.resolve('here'));
    load.mockRejectedValueOnce(new Error('ChunkLoadError'));
    const part = loadOnce(load);
    await expect(Promise.all([part(), part()])).rejects.toThrow('ChunkLoadError');
    expect(load).toHaveBeenCalledTimes(1);
    expect(await part()).toBe('here');
    expect(await part()).toBe('here');
    expect(load).toHaveBeenCalledTimes(2);
  });
});
