import type { Catalog } from './catalog'
import { en } from './en'
export const pl = en satisfies Catalog
