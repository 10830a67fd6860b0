/** The view of a compilation job: what was compiled for what, what came of it, and what the compiler printed. */

import {
  compilationJob,
  type CompilationJob,
  isRunning,
  type LogPage,
  type ServiceError,
  type Snapshot
} from '../model';
import { h, setText, show } from './dom';
import { JobView } from './job';
import { LogView } from './log/logview';
import { pairs } from './pairs';
import { clock } from './text';
import type { ViewOptions } from './view';

export class CompilationView extends JobView<CompilationJob> {
  private readonly model = h('dl', { class: 'jp-sm-parameters' });
  private readonly result = h('dl', { class: 'jp-sm-parameters' });
  private readonly log: LogView;
  private readonly noLog = h('p', { class: 'jp-sm-of' });
  private unreadable: ServiceError | null = null;

  constructor(options: ViewOptions) {
    super(options, options.trans.__('Compilation job'), 'jp-sm-compilation');
    const { trans, asks } = options;
    const onDownload =
      asks && (() => asks.downloadLog({ kind: 'compilation-jobs', key: this.state.snapshot?.key ?? [] }));
    this.log = new LogView({ trans, onDownload });
    const section = (title: string, part: HTMLElement): HTMLElement => h('section', {}, h('h3', {}, title), part);
    this.content.append(
      h(
        'div',
        { class: 'jp-sm-side' },
        section(trans.__('Model'), this.model),
        section(trans.__('Compiled model'), this.result)
      ),
      h('section', { class: 'jp-sm-logPart' }, h('h3', {}, trans.__('Log')), this.log.node, this.noLog)
    );
  }

  appendLog(page: LogPage): void {
    this.log.append(page.events);
    this.painter.request();
  }

  logProblem(error: ServiceError | null): void {
    this.unreadable = error;
    this.painter.request();
  }

  override dispose(): void {
    super.dispose();
    this.log.dispose();
  }

  protected jobOf(snapshot: Snapshot | null): CompilationJob | null {
    return compilationJob(snapshot);
  }

  protected endOf(job: CompilationJob): number | null {
    return isRunning(job.CompilationJobStatus) ? null : (job.CompilationEndTime ?? job.LastModifiedTime);
  }

  protected paintTime(): void {
    // The head tells the time; nothing else here goes by it.
  }

  protected paintJob(job: CompilationJob): void {
    const { trans } = this.options;
    const { InputConfig: input, OutputConfig: output } = job;
    const platform = output.TargetPlatform;
    const target =
      output.TargetDevice ?? [platform?.Os, platform?.Arch, platform?.Accelerator].filter(Boolean).join(' ');
    pairs(this.model, [
      [trans.__('Framework'), [input.Framework, input.FrameworkVersion].filter(Boolean).join(' ')],
      [trans.__('Model'), input.S3Uri],
      [trans.__('Inputs'), input.DataInputConfig ?? job.DerivedInformation?.DerivedDataInputConfig ?? ''],
      [trans.__('Target'), target],
      [trans.__('Compiler options'), output.CompilerOptions ?? ''],
      [trans.__('Created'), clock(job.CreationTime)]
    ]);
    pairs(this.result, [
      [trans.__('Artifact'), job.ModelArtifacts?.S3ModelArtifacts ?? ''],
      [trans.__('Digest'), job.ModelDigests?.ArtifactDigest ?? ''],
      [trans.__('Inference image'), job.InferenceImage ?? '']
    ]);
    const { unreadable } = this;
    const silent = isRunning(job.CompilationJobStatus)
      ? trans.__('Nothing printed so far.')
      : trans.__('This job printed nothing.');
    setText(
      this.noLog,
      unreadable
        ? trans.__('The log cannot be read: %1', [unreadable.message, unreadable.hint].filter(Boolean).join(' '))
        : silent
    );
    show(this.noLog, this.log.empty || unreadable !== null);
  }
}
