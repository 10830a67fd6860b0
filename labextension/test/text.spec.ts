import { aligned, duration, english, number, parameter } from '../src/views/text';
import { tone, words } from '../src/views/status';

it.each([
  [0, '0 s'],
  [0.4, '< 1 s'],
  [59.9, '59 s'],
  [60, '1 m'],
  [83, '1 m 23 s'],
  [3600, '1 h'],
  [3725, '1 h 2 m'],
  [90061, '1 d 1 h'],
  [-5, '0 s']
])('%d seconds are "%s"', (seconds, expected) => {
  expect(duration(seconds)).toBe(expected);
});

it.each([
  [0.9781234, '0.97812'],
  [0, '0'],
  [12, '12'],
  [0.00012345, '1.234e-4'],
  [1234567, '1.235e+6'],
  [-0.5, '-0.5'],
  [Number.NaN, 'NaN']
])('%d is written %s', (value, expected) => {
  expect(number(value)).toBe(expected);
});

it('writes the numbers of a column with the same digits', () => {
  expect([0.9, 0.076432, 1.5, 3].map(aligned)).toEqual(['0.90000', '0.07643', '1.50000', '3']);
});

it.each([
  ['"adam"', 'adam'],
  ['0.005174942', '0.0051749'],
  ['64', '64'],
  ['resnet-50', 'resnet-50']
])('the hyperparameter %s is shown as %s', (value, expected) => {
  expect(parameter(value)).toBe(expected);
});

it.each([
  ['InProgress', 'In progress', 'busy'],
  ['Completed', 'Completed', 'good'],
  ['InService', 'In service', 'good'],
  ['Delete_Failed', 'Delete failed', 'bad'],
  ['INPROGRESS', 'In progress', 'busy'],
  ['Stopped', 'Stopped', 'idle']
])('%s is said as "%s" and looks %s', (status, said, look) => {
  expect(words(status)).toBe(said);
  expect(tone(status)).toBe(look);
});

it('fills in values and chooses the plural', () => {
  expect(english.__('%1 of %2', 3, 12)).toBe('3 of 12');
  expect(english._n('%1 trial', '%1 trials', 1)).toBe('1 trial');
  expect(english._n('%1 trial', '%1 trials (%2)', 2, 'a')).toBe('2 trials (a)');
});
