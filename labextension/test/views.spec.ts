import { createView, english, hasView, type Intent, type View, type ViewState } from '../src/views';
import { denial, snapshot, summary, settle } from './fixtures';

describe('views', () => {
  let view: View;
  let intents: Intent[];
  let answer: () => Promise<void>;

  const open = (kind: string, can: Intent['type'][] = ['stop', 'open']): void => {
    view = createView(kind, {
      trans: english,
      can,
      asks: null,
      onIntent: intent => {
        intents.push(intent);
        return answer();
      }
    });
    document.body.replaceChildren(view.node);
  };
  const show = (state: ViewState): void => {
    view.update(state);
    jest.advanceTimersByTime(20);
  };
  const find = (selector: string): HTMLElement => {
    const found = view.node.querySelector<HTMLElement>(selector);
    if (!found) {
      throw new Error(`there is no ${selector}`);
    }
    return found;
  };
  const button = (text: string): HTMLButtonElement => {
    const found = [...view.node.querySelectorAll('button')].find(node => node.textContent === text);
    if (!found) {
      throw new Error(`there is no button ${text}`);
    }
    return found;
  };
  const rows = (): string[] =>
    [...view.node.querySelectorAll<HTMLElement>('tbody tr:not(.jp-sm-spacer)')].map(
      row => row.children[0]?.textContent ?? ''
    );

  beforeEach(() => {
    jest.useFakeTimers({ now: 1_100_000 });
    intents = [];
    answer = () => Promise.resolve();
    // jsdom lays nothing out: say how much of the table is in sight.
    jest.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(260);
    jest.spyOn(HTMLCanvasElement.prototype, 'getContext').mockReturnValue(null);
  });

  afterEach(() => {
    view.dispose();
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  const jobs = [
    summary({ number: 1, value: 0.5 }),
    summary({ number: 2, status: 'Failed', reason: 'ValueError: bad' }),
    summary({ number: 3, value: 0.9 }),
    summary({ number: 4, status: 'InProgress' })
  ];

  describe('of a tuning job', () => {
    beforeEach(() => open('tuning-jobs'));

    it('tells status, counts, time, best trial and reasons', () => {
      show({ snapshot: snapshot(jobs) });
      expect(find('.jp-sm-head .jp-sm-badge').textContent).toBe('In progress');
      expect(find('.jp-sm-head .jp-sm-time').textContent).toBe('1 m 40 s');
      expect(find('.jp-sm-total').textContent).toBe('3 of 12 trials');
      expect(find('.jp-sm-legend').textContent).toBe('2 completed1 in progress1 failed0 stopped');
      expect(find('.jp-sm-value').textContent).toBe('0.9');
      expect(find('.jp-sm-best .jp-sm-parameters').textContent).toBe('lr0.003');
      expect(find('.jp-sm-reasons').textContent).toBe('Trial 2 ValueError: bad');
    });

    it('tells what it aims at, when it will have ended, and what ends it', () => {
      const criterion = { at: null, of: null, since: null, met: false };
      const criteria = [
        { ...criterion, name: 'MaxNumberOfTrainingJobs', at: 3, of: 12 },
        { ...criterion, name: 'MaxRuntimeInSeconds', at: 90, of: 3600, since: 1000 },
        { ...criterion, name: 'TargetObjectiveMetricValue', at: 0.9, of: 0.95 },
        { ...criterion, name: 'BestObjectiveNotImproving', at: 5, of: 5, met: true },
        { ...criterion, name: 'ConvergenceDetected' }
      ];
      show({ snapshot: snapshot(jobs, { figures: { eta: 1160, criteria } }) });
      const facts = (): string[] =>
        [...view.node.querySelectorAll('.jp-sm-figures > div')].map(node =>
          [...node.children].map(part => part.textContent).join(': ')
        );
      expect(facts()).toEqual([
        'Objective: Maximize validation:accuracy',
        'Strategy: Bayesian',
        'Time left: about 59 s',
        'Run time: 1 m 40 s of 1 h',
        'Target: 0.95 (best 0.9)',
        'Not improving: 5 of 5 trials ✓',
        'Convergence: not yet'
      ]);
      jest.advanceTimersByTime(10_000);
      expect(facts()[3]).toBe('Run time: 1 m 50 s of 1 h');
      show({ snapshot: snapshot(jobs) });
      expect(facts()).toEqual(['Objective: Maximize validation:accuracy', 'Strategy: Bayesian']);
    });

    it('lets the time go on while the job runs', () => {
      show({ snapshot: snapshot(jobs) });
      jest.advanceTimersByTime(5000);
      expect(find('.jp-sm-head .jp-sm-time').textContent).toBe('1 m 45 s');
    });

    it('tells the plot and the bar in words', () => {
      show({ snapshot: snapshot(jobs) });
      expect(find('.jp-sm-plot').getAttribute('aria-label')).toBe(
        'Objective validation:accuracy of 2 trials. Best (highest): 0.9, trial 3.'
      );
      expect(find('[role=progressbar]').getAttribute('aria-valuetext')).toBe(
        '2 completed, 1 in progress, 1 failed, 0 stopped'
      );
    });

    it('lets the keyboard go through the points of the plot', () => {
      show({ snapshot: snapshot(jobs) });
      find('.jp-sm-plot').dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
      expect(find('.jp-sm-plot [aria-live]').textContent).toBe('Trial 3: 0.9\nlr = 0.003');
    });

    it('sorts by a column, trials without an objective last', () => {
      show({ snapshot: snapshot(jobs) });
      jest.advanceTimersByTime(40);
      expect(rows()).toEqual(['1', '2', '3', '4']);
      button('Objective').click();
      jest.advanceTimersByTime(40);
      expect(rows()).toEqual(['1', '3', '2', '4']);
      button('Objective').click();
      jest.advanceTimersByTime(40);
      expect(rows()).toEqual(['3', '1', '2', '4']);
      expect(view.node.querySelector('[aria-sort=descending]')?.textContent).toBe('Objective');
    });

    it('keeps few rows in the document however many trials there are', () => {
      const many = Array.from({ length: 10_000 }, (_, index) => summary({ number: index + 1, value: index }));
      show({ snapshot: snapshot(many) });
      jest.advanceTimersByTime(40);
      expect(rows().length).toBeLessThan(60);
      expect(find('table').getAttribute('aria-rowcount')).toBe('10001');
    });

    it('filters the table by a line of text, says how many are left, and shows all again', () => {
      show({ snapshot: snapshot(jobs) });
      const filter = find('.jp-sm-filter') as HTMLInputElement;
      filter.value = 'objective>0.6';
      filter.dispatchEvent(new Event('input'));
      jest.advanceTimersByTime(40);
      expect(rows()).toEqual(['3']);
      expect(find('.jp-sm-tableBar [role=status]').textContent).toBe('1 of 4 trials');
      show({ snapshot: snapshot([...jobs, summary({ number: 5, value: 0.7 })]) });
      jest.advanceTimersByTime(40);
      expect(rows()).toEqual(['3', '5']);
      filter.value = 'nothing<0.6';
      filter.dispatchEvent(new Event('input'));
      jest.advanceTimersByTime(40);
      expect(find('.jp-sm-tableBar [role=status]').textContent).toContain('There is no column nothing.');
      button('Show all').click();
      jest.advanceTimersByTime(40);
      expect(rows()).toEqual(['1', '2', '3', '4', '5']);
      expect(button('Show all').hidden).toBe(true);
    });

    it('hides columns, and keeps them hidden', () => {
      show({ snapshot: snapshot(jobs) });
      const heads = (): string[] => [...view.node.querySelectorAll('th')].map(cell => cell.textContent);
      expect(heads()).toEqual(['Trial', 'Status', 'Objective', 'lr', 'Time']);
      const label = [...view.node.querySelectorAll('label')].find(node => node.textContent.trim() === 'Status');
      label?.click();
      jest.advanceTimersByTime(40);
      show({ snapshot: snapshot([...jobs, summary({ number: 5, value: 0.7 })]) });
      expect(heads()).toEqual(['Trial', 'Objective', 'lr', 'Time']);
    });

    it('marks the row of the trial that is pointed at in a chart', () => {
      show({ snapshot: snapshot(jobs) });
      jest.advanceTimersByTime(40);
      find('.jp-sm-plot').dispatchEvent(new KeyboardEvent('keydown', { key: 'End' }));
      expect(find('.jp-sm-pointed').children[0]?.textContent).toBe('3');
    });

    it('opens a trial beside the table, from there in a tab, and goes back to its row', () => {
      show({ snapshot: snapshot(jobs) });
      jest.advanceTimersByTime(40);
      find('tbody tr:nth-child(3)').click();
      jest.advanceTimersByTime(40);
      expect(find('.jp-sm-detail h3').textContent).toBe('Trial 2: Failed');
      expect(find('.jp-sm-detail .jp-sm-failure').textContent).toBe('ValueError: bad');
      expect(find('.jp-sm-detail').textContent).toContain('lr0.002');
      expect(find('tr[aria-current]').children[0]?.textContent).toBe('2');
      button('Open in a tab').click();
      expect(intents).toEqual([{ type: 'open', kind: 'training-jobs', key: ['digits-002-589e2e9f'] }]);
      expect(document.activeElement).toBe(find('.jp-sm-detail h3'));
      document.activeElement?.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
      expect(find('.jp-sm-detail').hidden).toBe(true);
      expect(document.activeElement?.children[0]?.textContent).toBe('2');
      expect(view.node.querySelector('tr[aria-current]')).toBeNull();
    });

    it('keeps the trial that is open up to date', () => {
      show({ snapshot: snapshot(jobs) });
      jest.advanceTimersByTime(40);
      find('tbody tr:nth-child(5)').click();
      expect(find('.jp-sm-detail h3').textContent).toBe('Trial 4: In progress');
      show({ snapshot: snapshot([...jobs.slice(0, 3), summary({ number: 4, value: 0.4 })]) });
      expect(find('.jp-sm-detail h3').textContent).toBe('Trial 4: 0.4');
    });

    it('stops the job only after asking', () => {
      show({ snapshot: snapshot(jobs) });
      button('Stop').click();
      expect(intents).toEqual([]);
      expect(document.activeElement).toBe(button('Keep running'));
      button('Stop job').click();
      expect(intents).toEqual([{ type: 'stop', kind: 'tuning-jobs', key: ['digits'] }]);
      expect(button('Stopping…').disabled).toBe(true);
    });

    it('says why the job could not be stopped, and lets try again', async () => {
      answer = () => Promise.reject(new Error('no permission'));
      show({ snapshot: snapshot(jobs) });
      button('Stop').click();
      button('Stop job').click();
      await settle();
      expect(find('.jp-sm-stopProblem').textContent).toBe('no permission');
      expect(button('Stop').disabled).toBe(false);
    });

    it('says why Stop is denied, and stops all the same if that is wanted', () => {
      const why = 'sagemaker:StopHyperParameterTuningJob is denied to you';
      const denied = [denial('tuning-jobs', 'stop', { operation: 'StopHyperParameterTuningJob' })];
      const other = [denial('tuning-jobs', 'stop', { key: ['other'] }), denial('tuning-jobs', 'delete')];
      show({ snapshot: snapshot(jobs, { denied: other }) });
      expect(button('Stop').hasAttribute('aria-disabled')).toBe(false);

      show({ snapshot: snapshot(jobs, { denied }) });
      expect(button('Stop').getAttribute('aria-disabled')).toBe('true');
      expect(button('Stop').getAttribute('aria-description')).toBe(why);
      expect(button('Stop').title).toBe(why);
      // Whoever has no mouse must be able to come to it.
      expect(button('Stop').disabled).toBe(false);

      button('Stop').click();
      expect(find('.jp-sm-sure').hidden).toBe(true);
      expect(find('.jp-sm-refusal').textContent).toContain(`${why}.`);
      expect(find('.jp-sm-refusal pre').textContent).toBe('{"Effect": "Allow"}');
      expect(document.activeElement).toBe(button('Close'));
      button('Close').dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
      expect(find('.jp-sm-refusal').hidden).toBe(true);
      expect(document.activeElement).toBe(button('Stop'));

      button('Stop').click();
      button('Try all the same').click();
      button('Stop job').click();
      expect(intents).toEqual([{ type: 'stop', kind: 'tuning-jobs', key: ['digits'] }]);
    });

    it('does not say any longer than it is true that Stop is denied', () => {
      show({ snapshot: snapshot(jobs, { denied: [denial('tuning-jobs', 'stop', { statement: null })] }) });
      button('Stop').click();
      expect(find('.jp-sm-refusal details').hidden).toBe(true);
      show({ snapshot: snapshot(jobs, { denied: [] }) });
      expect(find('.jp-sm-refusal').hidden).toBe(true);
      expect(button('Stop').title).toBe('');
      button('Stop').click();
      expect(find('.jp-sm-sure').hidden).toBe(false);
    });

    it('offers no Stop when the job has ended', () => {
      show({ snapshot: snapshot(jobs, {}, { HyperParameterTuningJobStatus: 'Completed' }) });
      expect(find('.jp-sm-stop').hidden).toBe(true);
    });

    it('says that nobody answers and how old the picture is, and still shows it', () => {
      const error = { message: 'The engine does not answer.', code: 'Unreachable', hint: null };
      show({ snapshot: snapshot(jobs, { error, updated: 1060 }) });
      expect(find('.jp-sm-notice').textContent).toBe('The engine does not answer.Last updated 40 s ago. ');
      expect(find('.jp-sm-content').hidden).toBe(false);
      show({ snapshot: snapshot(jobs) });
      expect(find('.jp-sm-notice').hidden).toBe(true);
    });

    it('offers the policy statement that gives a missing permission, and no longer than it is missing', () => {
      const statement = '{"Effect": "Allow"}';
      const error = { message: 'not authorized', code: 'AccessDeniedException', hint: null, statement };
      show({ snapshot: snapshot(jobs, { error }) });
      expect(find('.jp-sm-notice summary').textContent).toBe('Policy statement');
      expect(find('.jp-sm-notice pre').textContent).toBe(statement);
      show({ snapshot: snapshot(jobs) });
      expect(document.querySelector('.jp-sm-notice pre')).toBeNull();
    });

    it('says why the whole job failed', () => {
      show({
        snapshot: snapshot(
          jobs,
          {},
          { HyperParameterTuningJobStatus: 'Failed', FailureReason: 'No training job succeeded' }
        )
      });
      expect(find('.jp-sm-failure').textContent).toBe('No training job succeeded');
    });
  });

  it('shows no button for what the host cannot do', () => {
    open('tuning-jobs', []);
    show({ snapshot: snapshot(jobs) });
    jest.advanceTimersByTime(40);
    expect(find('.jp-sm-stop').hidden).toBe(true);
    find('tbody tr:not(.jp-sm-spacer)').click();
    expect(intents).toEqual([]);
  });

  describe('of a training job', () => {
    const described = {
      TrainingJobName: 'fit',
      TrainingJobStatus: 'InProgress',
      CreationTime: 1000,
      HyperParameters: { lr: '0.1', sagemaker_program: '"train.py"' },
      FinalMetricDataList: [{ MetricName: 'loss', Value: 0.25, Timestamp: 1001 }],
      SecondaryStatusTransitions: [
        { Status: 'Starting', StartTime: 1000, EndTime: 1002, StatusMessage: 'Launching' },
        { Status: 'Training', StartTime: 1002, StatusMessage: 'Training' }
      ]
    };
    const running = snapshot([], { kind: 'training-jobs', key: ['fit'], described });

    beforeEach(() => open('training-jobs'));

    it('tells its steps, metrics and the hyperparameters that are the user’s', () => {
      show({ snapshot: running });
      expect([...find('.jp-sm-steps').children].map(step => step.textContent)).toEqual([
        'Starting 2 sLaunching',
        'Training 1 m 38 sTraining'
      ]);
      expect(view.node.querySelector('[aria-current=step]')?.textContent).toContain('Training');
      expect(view.node.textContent).toContain('loss0.25');
      expect(view.node.textContent).not.toContain('sagemaker_program');
    });

    it('shows the log as it grows, and does not take an error for an empty log', () => {
      show({ snapshot: running });
      // In a widget of the kernel nobody reads it.
      expect(view.node.textContent).toContain('The log is not read here.');
      view.appendLog?.({ events: [], token: null, more: false });
      jest.advanceTimersByTime(20);
      expect(view.node.textContent).toContain('Nothing printed so far.');
      view.appendLog?.({
        events: [
          { timestamp: 1, message: 'one', stream: 's' },
          { timestamp: 2, message: 'two', stream: 's' }
        ],
        token: 't',
        more: false
      });
      jest.advanceTimersByTime(40);
      expect(find('[role=log]').textContent).toBe('one\ntwo');
      view.logProblem?.({ message: 'The token has expired.', code: 'ExpiredToken', hint: null });
      jest.advanceTimersByTime(20);
      expect(view.node.textContent).toContain('The log cannot be read: The token has expired.');
      expect(find('.jp-sm-logView').hidden).toBe(false);
    });
  });

  it('are there for tuning and training jobs', () => {
    open('tuning-jobs');
    expect(hasView('training-jobs')).toBe(true);
    expect(hasView('spaces')).toBe(false);
    expect(() => createView('spaces', { trans: english, can: [], asks: null, onIntent: answer })).toThrow(RangeError);
  });
});
