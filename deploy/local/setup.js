// The first program of every npm script. It runs on whatever Node is there (20 or newer) and uses no package: it
// brings what is missing (packages, Node 26, system programs, the build), says what it does, and hands over.
import { spawn, spawnSync } from 'node:child_process'
import {
  accessSync,
  constants,
  existsSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..')
const node = path.join(root, 'node_modules/node/bin/node')
const bin = (name) => path.join(root, 'node_modules/.bin', name)
const say = (text) => process.stdout.write(`sotp: ${text}\n`)

/** Ends with a clear message instead of a stack. */
function fail(text, code = 1) {
  process.stderr.write(`\nsotp: ${text}\n`)
  process.exit(code)
}

function run(command, args, options = {}) {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })
  if (error) fail(`${command} could not be run: ${error.message}`)
  return status ?? 1
}

const changedAt = (file) => (existsSync(path.join(root, file)) ? statSync(path.join(root, file)).mtimeMs : 0)

/** `npm ci` where packages are missing or older than the lock file. */
function packages() {
  if (changedAt('node_modules/.package-lock.json') < changedAt('package-lock.json')) {
    say('installing packages (npm ci) …')
    if (run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']) !== 0)
      fail('npm ci failed; see above')
  }
  if (spawnSync(node, ['--version']).status === 0) return
  say('fetching Node 26 (install scripts are blocked here) …')
  const home = path.join(root, 'node_modules/node')
  if (
    run(process.execPath, ['installArchSpecificPackage'], { cwd: home, stdio: 'ignore' }) !== 0 ||
    spawnSync(node, ['--version']).status !== 0
  ) {
    fail('Node 26 could not be installed from the npm package "node"; run: npm rebuild node')
  }
}

const programs = {
  redis: {
    found: () => ['redis-server', 'valkey-server'].some(onPath),
    debian: 'redis-server',
    others: 'redis (macOS: brew install redis), or set SOTP_REDIS_URL',
    unless: 'SOTP_REDIS_URL',
  },
  fping: {
    found: () => onPath('fping'),
    debian: 'fping',
    others: 'fping (macOS: brew install fping)',
    optional: 'pings go one by one instead',
  },
  ping: {
    found: () => onPath('ping'),
    debian: 'iputils-ping',
    others: 'ping',
    optional: 'only needed where fping is missing',
  },
  ip: {
    found: () => process.platform !== 'linux' || onPath('ip'),
    debian: 'iproute2',
    others: 'iproute2',
    optional: 'a lab device that is down still answers pings',
  },
  nft: {
    found: () => process.platform !== 'linux' || onPath('nft'),
    debian: 'nftables',
    others: 'nftables',
    optional: 'simulated devices cannot lose pings',
  },
  chromium: {
    found: () => Boolean(process.env.CHROMIUM_PATH) || onPath('chromium'),
    debian: 'chromium',
    others: 'Chromium, and set CHROMIUM_PATH',
    optional: 'browser tests are skipped',
  },
  snmpd: {
    found: () => onPath('snmpd'),
    debian: 'snmpd',
    others: 'the Net-SNMP agent',
    optional: 'tests against a real agent are skipped',
  },
  snmp: {
    found: () => onPath('snmpbulkwalk'),
    debian: 'snmp',
    others: 'the Net-SNMP tools',
    optional: 'tests against Net-SNMP are skipped',
  },
}

function onPath(name) {
  return `${process.env.PATH ?? ''}:/usr/sbin:/sbin`.split(':').some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** System programs: installed where we may (Debian or Ubuntu, as root), else named with the way to get them. */
function system(names) {
  const missing = names
    .map((name) => programs[name])
    .filter(({ found, unless }) => !found() && !(unless && process.env[unless]))
  if (missing.length === 0) return
  if (process.platform === 'linux' && process.getuid() === 0 && onPath('apt-get')) return install(missing)
  for (const { debian, others, optional } of missing) {
    const text = `${debian} is missing: install ${others}${onPath('apt-get') ? ` (sudo apt-get install ${debian})` : ''}`
    if (optional) say(`${text}; without it ${optional}`)
    else
      fail(
        `${text}\n\nThree ways to get a Redis:\n  1. Debian or Ubuntu: apt-get install redis-server (macOS: brew install redis)\n  2. install valkey-server and put it on the PATH\n  3. set SOTP_REDIS_URL to a Redis 6.2 or newer that runs elsewhere`,
      )
  }
}

function install(missing) {
  const names = missing.map(({ debian }) => debian)
  say(`installing ${names.join(', ')} (apt-get) …`)
  // Debian starts a service it installs; SOTP runs a private one, so the distribution's must not start.
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const get = (...args) => run('apt-get', args, { env, stdio: ['ignore', 'ignore', 'inherit'] })
    get('update', '-qq')
    if (get('install', '-y', '-qq', '--no-install-recommends', ...names) !== 0) {
      const needed = missing.filter(({ optional, found }) => !optional && !found())
      if (needed.length > 0)
        fail(`apt-get could not install ${needed.map(({ debian }) => debian).join(', ')}`)
      say(`not all of ${names.join(', ')} could be installed; going on without`)
    }
  } finally {
    if (ours) rmSync(policy)
  }
}

/** Newest change below the folders that `output` is made from. */
function newest(folders) {
  const { stdout } = spawnSync(
    'find',
    [
      ...folders,
      '-type',
      'f',
      '-not',
      '-path',
      '*/node_modules/*',
      '-newer',
      'dist/.built',
      '-print',
      '-quit',
    ],
    { cwd: root, encoding: 'utf8' },
  )
  return stdout.trim()
}

const sources = [
  'core',
  'db',
  'gateway',
  'subgraphs',
  'collectors',
  'deploy',
  'tests',
  'graphql',
  'web',
  'package-lock.json',
  'tsconfig.json',
]

/** Compiles the server (tsc) and the web app (vite), side by side, where a source is newer than the last build. */
async function build() {
  if (existsSync(path.join(root, 'dist/.built')) && newest(sources) === '') return
  say('building …')
  const started = new Date()
  const [server, web] = await Promise.all([
    finished([bin('tsc'), '-p', '.']),
    finished([bin('vite'), 'build', '--config', 'web/vite.config.ts', '--logLevel', 'error']),
  ])
  if (server !== 0) fail('the server does not compile; see above')
  if (web !== 0) fail('the web app does not build; see above')
  writeFileSync(path.join(root, 'dist/.built'), '')
  utimesSync(path.join(root, 'dist/.built'), started, started)
}

/** Runs a program on Node 26 while others run; resolves with its exit code. */
const finished = (args) =>
  new Promise((resolve) => {
    spawn(node, args, { cwd: root, stdio: 'inherit' }).once('exit', (code) => resolve(code ?? 1))
  })

/** Runs the program that does the work, on Node 26, and ends as it ends. Signals reach it, we only wait. */
function handOver(args) {
  const child = spawn(node, args, { cwd: root, stdio: 'inherit' })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    // Ctrl-C reaches the child by itself: the terminal tells the whole group.
    process.on(signal, () => signal !== 'SIGINT' && child.kill(signal))
  }
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
}

function steps(commands) {
  for (const [label, ...args] of commands) {
    say(label)
    const status = run(node, args)
    if (status !== 0) process.exit(status)
  }
}

const everyday = ['redis', 'fping', 'ping', 'ip', 'nft']
const vitest = (...args) => [
  path.join(root, 'node_modules/vitest/vitest.mjs'),
  'run',
  '--config',
  'tests/vitest.config.ts',
  ...args,
]

const commands = {
  async start(args) {
    packages()
    system(everyday)
    await build()
    handOver(['dist/deploy/local/main.js', ...args])
  },
  async test(args) {
    packages()
    system([...everyday, 'chromium', 'snmp', 'snmpd'])
    await build()
    handOver(vitest(...(args.length > 0 ? args : ['--coverage'])))
  },
  async check() {
    packages()
    steps([
      ['types of the server (tsc)', bin('tsc'), '--noEmit', '-p', '.'],
      ['types of the web app (tsc)', bin('tsc'), '--noEmit', '-p', 'web'],
      ['lint and format (biome)', bin('biome'), 'check', '.'],
      ['unused code and packages (knip)', bin('knip')],
    ])
    await build()
    steps([['the graph is what the code says', 'dist/deploy/graph/generate.js', '--check']])
    say('all checks passed')
  },
  graphql(args) {
    packages()
    if (run(node, [bin('tsc'), '-p', '.']) !== 0) fail('the server does not compile; see above')
    handOver(['dist/deploy/graph/generate.js', ...args])
  },
  async bench(args) {
    packages()
    system([...everyday, 'snmp'])
    await build()
    handOver(['dist/tests/bench/main.js', ...args])
  },
  async rekey(args) {
    packages()
    system(['redis'])
    await build()
    handOver(['dist/deploy/local/rekey.js', ...args])
  },
  async lab(args) {
    packages()
    await build()
    handOver(['dist/deploy/lab/cli.js', ...args])
  },
}

const [major] = process.versions.node.split('.')
if (Number(major) < 20) fail(`Node 20 or newer is needed, this is ${process.versions.node}`)
if (!readFileSync(path.join(root, 'package.json'), 'utf8').includes('"sotp"'))
  fail('run this from the project')
const [name = '', ...rest] = process.argv.slice(2)
if (!(name in commands)) fail(`unknown command "${name}"; there are: ${Object.keys(commands).join(', ')}`)
await commands[name](rest)
