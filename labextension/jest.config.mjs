export default {
  testEnvironment: 'jsdom',
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  setupFiles: ['<rootDir>/test/setup.cjs'],
  moduleNameMapper: { '\\.css$': '<rootDir>/test/empty.cjs' },
  // ansi_up is an ES module, which Jest does not read by itself.
  transform: {
    '^.+\\.tsx?$': ['ts-jest', { tsconfig: 'tsconfig.test.json', diagnostics: false }],
    'ansi_up\\.js$': ['ts-jest', { tsconfig: { allowJs: true, module: 'commonjs' }, diagnostics: false }]
  },
  transformIgnorePatterns: ['node_modules/(?!ansi_up/)'],
  collectCoverageFrom: ['src/**/*.ts', '!src/api.ts'],
  coverageDirectory: 'coverage'
};
