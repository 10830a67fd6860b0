// Numbers by the order of use: those that are made from paths differ with the folder of the build, and so would the bundle.
const optimization = { moduleIds: 'natural', chunkIds: 'natural' };

module.exports = process.argv.includes('--development') ? {} : { optimization };
