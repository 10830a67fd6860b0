export default {
  testEnvironment: 'jsdom',
  testMatch: ['<rootDir>/test/**/*.spec.ts'],
  setupFiles: ['<rootDir>/test/setup.cjs'],
  moduleNameMapper: { '\\.css$': '<rootDir>/test/empty.cjs' },
  transform: { '^.+\\.tsx?$': ['ts-jest', { tsconfig: 'tsconfig.test.json', diagnostics: false }] },
  collectCoverageFrom: ['src/**/*.ts', '!src/api.ts'],
  coverageDirectory: 'coverage'
};
