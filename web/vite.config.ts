import { existsSync } from 'node:fs'
import path from 'node:path'
import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const root = import.meta.dirname
const pages = ['index.html', 'graphiql.html'].map((page) => path.join(root, page)).filter(existsSync)

/** The dashboard and, beside it, the GraphiQL page: static files below `dist/web`, served by the gateway. */
export default defineConfig({
  root,
  plugins: [react(), tailwind()],
  build: {
    outDir: path.resolve(root, '../dist/web'),
    emptyOutDir: true,
    target: 'es2023',
    rolldownOptions: { input: pages },
  },
  server: {
    proxy: { '/graphql': { target: 'http://127.0.0.1:4000', ws: true } },
  },
})
