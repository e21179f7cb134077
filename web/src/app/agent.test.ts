import { expect, test } from 'vitest'

import { agentName } from './agent'

const chrome =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36'

test.each([
  [chrome, 'Chrome · Linux'],
  [`${chrome} Edg/140.0`, 'Edge · Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox · Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1', 'Safari · iOS'],
  ['curl/8.5.0', 'curl'],
  ['backup-script', 'backup-script'],
])('%s is %s', (userAgent, name) => expect(agentName(userAgent)).toBe(name))
