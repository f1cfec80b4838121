import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['**/node_modules/**', 'services/dashboard/dist/**', '**/*.{js,mjs,cjs}'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // Numbers, dates and booleans read well in messages.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Indexed access into typed arrays whose bounds the loop itself gives.
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Promise.withResolvers<void>() is how one waits for an event.
      '@typescript-eslint/no-invalid-void-type': 'off',
      // An async function without await still turns a throw into a rejection, which is what callers rely on.
      '@typescript-eslint/require-await': 'off',
      'no-restricted-syntax': [
        'error',
        {
          selector:
            "CallExpression[callee.object.name='process'][callee.property.name='kill'][arguments.1.value=0]",
          message: 'It is true of zombies, which a container without an init never reaps: isAlive of native.',
        },
      ],
    },
  },
  { files: ['packages/native/src/alive{,.test}.ts'], rules: { 'no-restricted-syntax': 'off' } },
);
