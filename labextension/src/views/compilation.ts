/** The view of a compilation job: what was compiled for what, what came of it, and what the compiler printed. */

import { compilationJob, isRunning } from '../job';
import type { CompilationJob, LogPage, ServiceError, Snapshot, Watch } from '../model';
import { ArtifactList } from './artifacts';
import { h } from './dom';
import { JobView } from './job';
import { LogPart } from './log/logpart';
import { pairs } from './pairs';
import { clock } from './text';
import type { ViewOptions } from './view';

export class CompilationView extends JobView<CompilationJob> {
  private readonly model = h('dl', { class: 'jp-sm-parameters jp-sm-whole' });
  private readonly result = h('dl', { class: 'jp-sm-parameters jp-sm-whole' });
  private readonly artifacts: ArtifactList;
  private readonly log: LogPart;

  constructor(options: ViewOptions) {
    super(options, options.trans.__('Compilation job'), 'jp-sm-compilation');
    const { trans, asks } = options;
    const named = (): Watch => ({ kind: 'compilation-jobs', key: this.state.snapshot?.key ?? [] });
    this.artifacts = new ArtifactList(options, named);
    this.log = new LogPart(trans, asks && (() => asks.downloadLog(named())));
    const section = (title: string, ...parts: HTMLElement[]): HTMLElement =>
      h('section', {}, h('h3', {}, title), ...parts);
    this.content.append(
      h(
        'div',
        { class: 'jp-sm-side' },
        section(trans.__('Model'), this.model),
        section(trans.__('Compiled model'), h('div', {}, this.result), this.artifacts.node)
      ),
      this.log.node
    );
  }

  appendLog(page: LogPage): void {
    this.log.append(page.events);
    this.painter.request();
  }

  logProblem(error: ServiceError | null): void {
    this.log.problem(error);
    this.painter.request();
  }

  override dispose(): void {
    super.dispose();
    this.artifacts.dispose();
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
      [trans.__('Role'), job.RoleArn],
      [trans.__('Created'), clock(job.CreationTime)]
    ]);
    // Where it will be is told from the start, also of a job that fails.
    const made = job.CompilationJobStatus === 'COMPLETED' ? job.ModelArtifacts?.S3ModelArtifacts : undefined;
    pairs(this.result, [
      [trans.__('Artifact'), made ?? ''],
      [trans.__('Digest'), job.ModelDigests?.ArtifactDigest ?? ''],
      [trans.__('Inference image'), job.InferenceImage ?? '']
    ]);
    const running = isRunning(job.CompilationJobStatus);
    this.artifacts.update(!running, job.CompilationJobStatus);
    this.log.paint(running);
  }
}
