// Bundles the notebook widget: the same views as the labextension's, as one ES module and one style sheet for anywidget.
import esbuild from 'esbuild';

const options = {
  entryPoints: { live: 'src/widget/index.ts' },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  outdir: '../jupyter_sm_ext/widgets/static',
  logLevel: 'info',
  minify: process.argv.includes('--minify')
};

if (process.argv.includes('--watch')) {
  await (await esbuild.context(options)).watch();
} else {
  await esbuild.build(options);
}
