import { LabIcon } from '@jupyterlab/ui-components';

/** A tray of trials between two brackets. */
const SVG = `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g class="jp-icon3" fill="#616161">
    <path d="M12 2 3.5 6.8v3.4L12 5.3l8.5 4.9V6.8Zm-8.5 15.2L12 22l8.5-4.8v-3.4L12 18.7l-8.5-4.9Z"/>
    <circle cx="6.5" cy="12.6" r="1.6"/>
    <circle cx="12" cy="10.2" r="1.6"/>
    <circle cx="12" cy="15" r="1.6"/>
    <circle cx="17.5" cy="11.4" r="1.6"/>
  </g>
</svg>`;

export const sagemakerIcon = new LabIcon({ name: 'jupyter-sm-ext:sagemaker', svgstr: SVG });
