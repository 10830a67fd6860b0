// Bundles the notebook widget: the same views as the labextension's, as one ES module and one style sheet for anywidget.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import esbuild from 'esbuild';

const outdir = '../jupyter_sm_ext/widgets/static';
const options = {
  entryPoints: { live: 'src/widget/index.ts' },
  bundle: true,
  format: 'esm',
  target: 'es2022',
  outdir,
  logLevel: 'info',
  metafile: true,
  minify: process.argv.includes('--minify')
};

/** The licences of the packages in the bundle, in the form that JupyterLab's builder gives them for the labextension. */
async function licences(metafile) {
  const inside = /^node_modules\/(?:@[^/]+\/)?[^/]+/;
  const folders = new Set(
    Object.values(metafile.outputs)
      .flatMap(output => Object.keys(output.inputs))
      .flatMap(path => path.match(inside) ?? [])
  );
  const packages = [...folders].sort().map(async folder => {
    const told = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const file = (await readdir(folder)).find(name => /^licen[cs]e/i.test(name));
    if (!file) {
      throw new Error(`${folder} has no licence: what is bundled must bring one`);
    }
    return {
      name: told.name,
      versionInfo: told.version,
      licenseId: told.license,
      extractedText: await readFile(join(folder, file), 'utf8')
    };
  });
  return JSON.stringify({ packages: await Promise.all(packages) }, null, 2);
}

if (process.argv.includes('--watch')) {
  await (await esbuild.context(options)).watch();
} else {
  const { metafile } = await esbuild.build(options);
  await writeFile(join(outdir, 'third-party-licenses.json'), await licences(metafile));
}
