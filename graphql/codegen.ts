import { rename } from 'node:fs/promises'
import path from 'node:path'
import type { CodegenConfig } from '@graphql-codegen/cli'
import { addTypenameSelectionDocumentTransform } from '@graphql-codegen/client-preset'

const root = path.resolve(import.meta.dirname, '..')
const generated = path.join(root, 'web/src/gql/')

/**
 * Types and documents of the web app, from the API schema and `operations/*.graphql`, into `web/src/gql/`.
 * `documents.json` lists every document by the SHA-256 of its text: what a gateway may restrict itself to.
 */
const config: CodegenConfig = {
  schema: path.join(root, 'graphql/schema.graphql'),
  documents: path.join(root, 'graphql/operations/*.graphql'),
  silent: true,
  generates: {
    [generated]: {
      preset: 'client',
      presetConfig: {
        fragmentMasking: false,
        persistedDocuments: { hashAlgorithm: 'sha256' },
      },
      documentTransforms: [addTypenameSelectionDocumentTransform],
      config: {
        inlineFragmentTypes: 'mask',
        enumsAsTypes: true,
        useTypeImports: true,
        nonOptionalTypename: true,
        skipTypeNameForRoot: true,
        avoidOptionals: { field: true, inputValue: false },
        defaultScalarType: 'unknown',
        scalars: { ID: 'string', DateTime: 'string', BigInt: 'string', MAC: 'string' },
      },
    },
  },
  hooks: {
    afterAllFileWrite: async () => {
      await rename(
        path.join(generated, 'persisted-documents.json'),
        path.join(root, 'graphql/documents.json'),
      )
    },
  },
}

export default config
