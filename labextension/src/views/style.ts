/** How the views look. What comes later wins over what is as specific: from what all stand on to the parts. */

import '../../style/views/base.css';
import '../../style/views/head.css';
import '../../style/views/controls.css';
import '../../style/views/notes.css';
import '../../style/views/progress.css';
import '../../style/views/best.css';
import '../../style/views/charts.css';
import '../../style/views/table.css';
import '../../style/views/trial.css';
import '../../style/views/training.css';
import '../../style/views/log.css';
import '../../style/views/curves.css';
import '../../style/views/page.css';
