/** The panel in a cell: a live view, and the keeper of what the notebook stores of it. */

import type { IRenderMime } from '@jupyterlab/rendermime-interfaces';
import { Panel as LuminoPanel, Widget } from '@lumino/widgets';
import { LiveComparison } from '../comparison';
import { LivePanel } from '../live';
import { COMPARISON, MIME_TYPE, Panel, Snapshot, watchId } from '../model';
import { ISageMaker } from '../tokens';
import { Bundle, BundleKeeper } from './keeper';
import type { Place } from './renderer';

export class CellPanel extends LuminoPanel {
  private shown: string | null = null;
  private live: LivePanel | null = null;
  private keeper: BundleKeeper | null = null;

  constructor(
    private readonly sagemaker: ISageMaker,
    private readonly place: Place | null
  ) {
    super();
  }

  /** Draw a model; the same job as before is not drawn anew, for its view knows more than the model. */
  draw(model: IRenderMime.IMimeModel): void {
    const panel = model.data[MIME_TYPE] as unknown as Partial<Panel> | undefined;
    const comparing = panel?.kind === COMPARISON;
    if (typeof panel?.kind !== 'string' || !Array.isArray(panel.key) || !(comparing || LivePanel.draws(panel.kind))) {
      this.clear();
      this.addWidget(plain(this.sagemaker.trans.__('This panel is from a newer version of jupyter-sm-ext.')));
      return;
    }
    const watch = { kind: panel.kind, key: panel.key as string[] };
    const id = `${panel.connection ?? ''}/${watchId(watch)}`;
    // Notebook files are JSON, and so is what the keeper writes.
    const bundle = model as unknown as Bundle;
    if (this.shown === id) {
      this.keeper?.setBundle(bundle);
      return;
    }
    this.clear();
    this.shown = id;
    if (comparing) {
      this.compare(watch.key, panel);
      return;
    }
    const stored = panel.snapshot ?? null;
    const keeper = this.place ? this.keep(bundle, watch, stored) : null;
    this.live = new LivePanel({
      sagemaker: this.sagemaker,
      watch,
      stored,
      ...(panel.connection !== undefined && { connection: panel.connection }),
      onSnapshot: snapshot => keeper?.update(snapshot)
    });
    this.keeper = keeper;
    this.addWidget(this.live);
    this.live.start();
    if (stored?.terminal !== true) {
      // A reload in mid-cell keeps only what was saved.
      this.place?.save();
    }
  }

  override dispose(): void {
    this.keeper?.dispose();
    super.dispose();
  }

  /** What a comparison has come to is kept by the cell as it was when it ran. */
  private compare(names: readonly string[], { connection, snapshots = [] }: Partial<Panel>): void {
    const live = new LiveComparison({
      sagemaker: this.sagemaker,
      names,
      stored: snapshots,
      ...(connection !== undefined && { connection })
    });
    this.addWidget(live);
    live.start();
    if (snapshots.some(({ terminal }) => !terminal)) {
      this.place?.save();
    }
  }

  private keep(bundle: Bundle, watch: { kind: string; key: string[] }, stored: Snapshot | null): BundleKeeper {
    return new BundleKeeper(bundle, stored, {
      picture: () => this.sagemaker.server.picture(watch),
      now: () => Date.now(),
      setTimeout: (call, milliseconds) => window.setTimeout(call, milliseconds),
      clearTimeout: timer => window.clearTimeout(timer)
    });
  }

  private clear(): void {
    this.keeper?.dispose();
    this.keeper = null;
    this.live = null;
    this.shown = null;
    for (const widget of [...this.widgets]) {
      widget.dispose();
    }
  }
}

function plain(text: string): Widget {
  const widget = new Widget();
  widget.node.textContent = text;
  return widget;
}
