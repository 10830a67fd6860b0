/** The plugins. This chunk is loaded with the lab: what draws anything comes when it is first needed. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { core } from './plugins/core';
import { forms } from './plugins/forms';
import { kernels } from './plugins/kernels';
import { panels } from './plugins/panels';
import { places } from './plugins/places';
import { sidebar } from './plugins/sidebar';
import { studio } from './plugins/studio';
import { tabs } from './plugins/tabs';

export default [core, panels, tabs, forms, studio, sidebar, kernels, places] satisfies JupyterFrontEndPlugin<unknown>[];
