const { SwcJsMinimizerRspackPlugin } = require('@rspack/core');

// The runtime is written for old browsers; JupyterLab itself needs ones that know arrow functions.
const minimizerOptions = { ecma: 2020, compress: { ecma: 2020, passes: 3, unsafe_arrows: true }, mangle: true };

module.exports = process.argv.includes('--development')
  ? {}
  : {
      optimization: {
        // By the order of use: numbers that are made from paths differ with the folder of the build, and so would the bundle.
        moduleIds: 'natural',
        chunkIds: 'natural',
        minimizer: [new SwcJsMinimizerRspackPlugin({ minimizerOptions })]
      },
      // The entry lists the hashes of all chunks, and this name has a chunk's hash once; browsers cache by the query.
      output: { chunkFilename: '[id].js?v=[contenthash]', hashDigestLength: 8 },
      // Style sheets are only text to the minifier of scripts.
      module: { rules: [{ test: /\.css$/, loader: 'builtin:lightningcss-loader', options: { minify: true } }] }
    };
