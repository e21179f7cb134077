import { describe } from 'vitest'

import { provesLiveNetwork } from '#tests/kit/live-network.js'

describe('a live network in two processes', () => provesLiveNetwork([]))
