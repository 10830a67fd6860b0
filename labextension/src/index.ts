import { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter-sm-ext:plugin',
  description: 'SageMaker inside JupyterLab.',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    void app.restored;
  }
};

export default [plugin];
