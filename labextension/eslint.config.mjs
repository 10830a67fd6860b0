import prettier from 'eslint-config-prettier';
import a11y from 'eslint-plugin-jsx-a11y';
import hooks from 'eslint-plugin-react-hooks';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript-eslint';

const here = dirname(fileURLToPath(import.meta.url));

export default ts.config(
  { ignores: ['lib', 'node_modules', 'coverage', '.yarn', 'src/api.ts'] },
  {
    files: ['src/**/*.{ts,tsx}', 'test/**/*.ts'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked, a11y.flatConfigs.strict],
    plugins: { 'react-hooks': hooks },
    languageOptions: {
      parserOptions: { project: './tsconfig.test.json', tsconfigRootDir: here }
    },
    rules: {
      ...hooks.configs['recommended-latest'].rules,
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      eqeqeq: 'error',
      'no-console': 'error'
    }
  },
  {
    // One set of views serves the tab, the cell, the sidebar and the notebook widget, so they may know only the DOM.
    files: ['src/views/**', 'src/widget/**', 'src/model.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            '@jupyterlab/*',
            '@lumino/*',
            'react',
            'react-dom',
            '**/request',
            '**/source',
            '**/sidebar*',
            '**/mime*'
          ]
        }
      ]
    }
  },
  prettier
);
