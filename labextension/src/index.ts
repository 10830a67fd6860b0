/** The plugins. This chunk is loaded with the lab: what draws anything comes when it is first needed. */

import type { JupyterFrontEndPlugin } from '@jupyterlab/application';
import { compare } from './plugins/compare';
import { core } from './plugins/core';
import { forms } from './plugins/forms';
import { jobs } from './plugins/jobs';
import { kernels } from './plugins/kernels';
import { panels } from './plugins/panels';
import { places } from './plugins/places';
import { sidebar } from './plugins/sidebar';
import { studio } from './plugins/studio';
import { tabs } from './plugins/tabs';

const plugins = [core, panels, tabs, forms, studio, jobs, compare, sidebar, kernels, places];

export default plugins satisfies JupyterFrontEndPlugin<unknown>[];
