/** Where a tab of ours goes, and how it comes to the front: not the same in JupyterLab and in Notebook 7. */

import type { ILabShell, JupyterFrontEnd } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import { TabPanel, type Widget } from '@lumino/widgets';

/** Show a tab, which `make` makes if it is not open yet. `labShell` is null in Notebook 7. */
export async function showTab<T extends Widget>(
  app: JupyterFrontEnd,
  labShell: ILabShell | null,
  tracker: WidgetTracker<T>,
  isIt: (tab: T) => boolean,
  make: () => T
): Promise<void> {
  let tab = tracker.find(isIt);
  if (!tab) {
    tab = make();
    if (labShell) {
      app.shell.add(tab, 'main');
    } else {
      addBeside(app.shell, tab);
    }
    await tracker.add(tab);
  }
  app.shell.activateById(tab.id);
  // Notebook 7 gives it the focus but leaves another tab in front.
  const stack = tab.parent?.parent;
  if (stack instanceof TabPanel) {
    stack.currentWidget = tab;
  }
}

/** Notebook 7 shows one document a page; its tabs are in the area below, which there is since 7.4, or at the right. */
function addBeside(shell: JupyterFrontEnd.IShell, tab: Widget): void {
  tab.addClass('jp-sm-down');
  shell.add(tab, 'down');
  if (!tab.isAttached) {
    tab.removeClass('jp-sm-down');
    shell.add(tab, 'right');
  }
}
