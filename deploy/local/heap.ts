import { setFlagsFromString } from 'node:v8'

/**
 * The heap grows by a third between two full collections. V8 by itself lets it grow to four times where the machine has
 * memory to spare, and SOTP runs a dozen processes on one machine. No lid: what a process needs it gets.
 */
setFlagsFromString('--heap-growing-percent=30')
