import { arista } from './arista.js'
import { cisco } from './cisco.js'
import { juniper } from './juniper.js'
import { mikrotik } from './mikrotik.js'
import { others } from './others.js'
import type { Product } from './vendor.js'

/** Every product that a simulated network may contain. */
export const catalogue: readonly Product[] = [...cisco, ...juniper, ...arista, ...mikrotik, ...others]
